/** Days and moments of exports, in and out. Pure. */
import { DateTime, IANAZone } from 'luxon';
import type { Json } from '../../base/json.ts';
import { momentOf } from '../../base/wall-clock.ts';
import {
  dateFormats,
  dateTimeFormats,
  daysInMonth,
  momentParser,
  type Moment as Parts,
  writeMoment,
} from '../columns/formats.ts';
import type { Moment } from './schema.ts';

/** Whether the format says a day and no time of it. */
export const isDayOnly = (format: Moment): boolean => dateFormats.some((one) => one === format);

/** Whether it says what a clock on the wall shows, and not how far that is ahead of UTC. */
export const isWallTime = (format: Moment): boolean =>
  dateTimeFormats.some((one) => one === format) && !format.endsWith('Z');

export const isTimeZone = (zone: string): boolean => IANAZone.isValidZone(zone);

/** Epoch milliseconds; `null` for what is not in the format, or not in the calendar. A day is its first moment in the zone, and so is a time that clocks show twice. */
export type ReadMoment = (value: Json, zone: string) => number | null;

export function momentReader(format: Moment): ReadMoment {
  if (format === 'epoch-seconds' || format === 'epoch-milliseconds') {
    const unit = format === 'epoch-seconds' ? 1000 : 1;
    return (value) => {
      const number = typeof value === 'number' ? value : wholeNumber(value);
      return number === null ? null : number * unit;
    };
  }
  if (format === 'iso') return (value, zone) => (typeof value === 'string' ? isoMoment(value, zone) : null);
  const parse = momentParser(format);
  const ownZone = format.endsWith('Z') ? 'UTC' : null;
  return (value, zone) => {
    const parts = typeof value === 'string' ? parse(value) : null;
    return parts && inCalendar(parts) ? instantOf(parts, ownZone ?? zone) : null;
  };
}

function isoMoment(text: string, zone: string): number | null {
  const wall = wallTime(text);
  if (wall !== null) return momentOf(wall, zone);
  const read = DateTime.fromISO(text, { zone: 'UTC' });
  return read.isValid ? read.toMillis() : null;
}

/** What a clock on the wall is to show, of a text in `iso` that says no offset; `null` for any other. */
export function wallTime(text: string): number | null {
  const [read, elsewhere] = ['UTC', 'UTC+1'].map((zone) => DateTime.fromISO(text, { zone }));
  return read?.isValid && read.toMillis() !== elsewhere?.toMillis() ? read.toMillis() : null;
}

const wholeNumber = (value: Json): number | null =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : null;

const inCalendar = ([year, month, day, hour, minute, second]: Parts): boolean =>
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  day <= daysInMonth(year, month) &&
  hour < 24 &&
  minute < 60 &&
  second < 60;

const instantOf = ([year, month, day, hour, minute, second]: Parts, zone: string): number =>
  momentOf(Date.UTC(year, month - 1, day, hour, minute, second), zone);

/** A number where the format is one. */
export function writeInstant(at: number, format: Moment, zone: string): string | number {
  if (format === 'epoch-milliseconds') return at;
  if (format === 'epoch-seconds') return Math.floor(at / 1000);
  const local = DateTime.fromMillis(at, { zone: format.endsWith('Z') ? 'UTC' : zone });
  if (format === 'iso') return local.toISO({ suppressMilliseconds: true }) ?? '';
  const { year, month, day, hour, minute, second } = local;
  return writeMoment(format, [year, month, day, hour, minute, second]);
}
