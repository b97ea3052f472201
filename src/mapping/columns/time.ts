/** Days and moments. */
import { DateTime } from 'luxon';
import type { ColumnOf } from '../schema.ts';
import { daysInMonth, isoDay, type Moment, momentParser, writeMoment } from './formats.ts';
import type { Broken, CellType } from './types.ts';

const sample: Moment = [2024, 6, 11, 9, 30, 0];

export function dateType(spec: ColumnOf<'date'>): CellType {
  const parsers = spec.formats.map(momentParser);
  const { said, shown } = inWords(spec.formats);
  const broken: Broken = { rule: `date as ${said}`, fix: `write the date as ${shown}` };
  const outside: Broken = {
    rule: `a day from ${spec.min} to ${spec.max}`,
    fix: `check the year; write the date as ${shown}`,
  };
  return {
    kind: 'text',
    read(text) {
      const moment = parse(parsers, text);
      if (moment === null) return broken;
      if (!isDay(moment)) return noSuchDay(moment, shown);
      // Only one of the accepted formats can look like an ISO day, and then the text is the day.
      const day = text[4] === '-' ? text : isoDay(moment);
      if (day < spec.min || day > spec.max) return outside;
      return spec.as === 'YYYY-MM-DD' ? day : writeMoment(spec.as, moment);
    },
  };
}

/** UTC, as the column asks. Of an hour that a zone has twice in autumn, the first one is taken. */
export function dateTimeType(spec: ColumnOf<'date-time'>): CellType {
  const parsers = spec.formats.map(momentParser);
  const { said, shown } = inWords(spec.formats);
  const broken: Broken = { rule: `date and time as ${said} (${spec.zone})`, fix: `write it as ${shown}` };
  const outside: Broken = { rule: 'a time of a day from 1900 to 2199', fix: `write it as ${shown}` };
  const skipped: Broken = {
    rule: `a time that exists in ${spec.zone}`,
    fix: 'the clocks were put forward over this time; check it',
  };
  const write = writers[spec.as];
  return {
    kind: spec.as === 'utc' ? 'text' : 'number',
    read(text) {
      const moment = parse(parsers, text);
      if (moment === null) return broken;
      if (!isDay(moment)) return noSuchDay(moment, shown);
      const [year, , , hour, minute, second] = moment;
      if (hour > 23 || minute > 59 || second > 59 || year < 1900 || year > 2199) return outside;
      const utc = spec.zone === 'UTC' || text.endsWith('Z') ? moment : inUtc(moment, spec.zone);
      return utc === null ? skipped : write(utc);
    },
  };
}

const secondsOf = ([year, month, day, hour, minute, second]: Moment): number =>
  Date.UTC(year, month - 1, day, hour, minute, second) / 1000;

const writers: Readonly<Record<ColumnOf<'date-time'>['as'], (utc: Moment) => string>> = {
  utc: (moment) => writeMoment('YYYY-MM-DD HH:mm:ss', moment),
  'epoch-seconds': (moment) => String(secondsOf(moment)),
  'epoch-milliseconds': (moment) => String(secondsOf(moment) * 1000),
};

function parse(parsers: readonly ((text: string) => Moment | null)[], text: string): Moment | null {
  for (const parser of parsers) {
    const moment = parser(text);
    if (moment !== null) return moment;
  }
  return null;
}

const isDay = ([year, month, day]: Moment): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);

function noSuchDay([year, month]: Moment, shown: string): Broken {
  const rule = 'a day that is in the calendar';
  if (month < 1 || month > 12) return { rule, fix: `there is no month ${month}; write the date as ${shown}` };
  const days = daysInMonth(year, month);
  return { rule, fix: `month ${month} of ${year} has ${days} days; write the date as ${shown}` };
}

/** luxon moves a time in the spring gap forward, so the time is compared afterwards. */
function inUtc([year, month, day, hour, minute, second]: Moment, zone: string): Moment | null {
  const local = DateTime.fromObject({ year, month, day, hour, minute, second }, { zone });
  if (local.hour !== hour || local.minute !== minute) return null;
  const utc = local.toUTC();
  return [utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second];
}

function inWords(formats: readonly string[]): { said: string; shown: string } {
  const said = formats.join(' or ');
  return { said, shown: `${said}, e.g. ${writeMoment(formats[0] ?? '', sample)}` };
}
