import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  changeBetween,
  DAY_MS,
  dayAt,
  isNeverSet,
  momentOf,
  wallAt,
  weekdayOf,
} from '../../src/base/wall-clock.ts';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'] as const;
const zone = fc.constantFrom(...zones);
const moment = fc.integer({ min: Date.UTC(2015, 0, 1) / 1000, max: Date.UTC(2035, 0, 1) / 1000 });
const at = (iso: string): number => Date.parse(iso);

describe('the moment of a wall time', () => {
  it('shows that time again, and none before it does', () => {
    fc.assert(
      fc.property(moment, zone, (seconds, timeZone) => {
        const wall = wallAt(seconds * 1000, timeZone);
        const first = momentOf(wall, timeZone);
        expect(wallAt(first, timeZone)).toBe(wall);
        expect(first).toBeLessThanOrEqual(seconds * 1000);
      }),
    );
  });

  it('never goes back while wall times go on', () => {
    fc.assert(
      fc.property(moment, fc.nat(200_000), zone, (seconds, later, timeZone) => {
        const wall = seconds * 1000;
        expect(momentOf(wall + later * 1000, timeZone)).toBeGreaterThanOrEqual(momentOf(wall, timeZone));
      }),
    );
  });

  it.each([
    ['that spring skips is the end of the gap', '2024-03-31T02:30:00Z', '2024-03-31T01:00:00Z'],
    ['at the beginning of the gap too', '2024-03-31T02:00:00Z', '2024-03-31T01:00:00Z'],
    ['that autumn repeats is the first one', '2024-10-27T02:30:00Z', '2024-10-27T00:30:00Z'],
  ])('%s', (_what, wall, is) => {
    expect(momentOf(at(wall), 'Europe/Berlin')).toBe(at(is));
  });
});

it('finds to the millisecond when clocks are put forward and back', () => {
  const change = (from: string, to: string) => changeBetween(at(from), at(to), 'Europe/Berlin');
  expect(change('2024-03-30T12:00:00Z', '2024-03-31T12:00:00Z')).toBe(at('2024-03-31T01:00:00Z'));
  expect(change('2024-10-26T12:00:00Z', '2024-10-27T12:00:00Z')).toBe(at('2024-10-27T01:00:00Z'));
  expect(change('2024-06-01T12:00:00Z', '2024-06-02T12:00:00Z')).toBeNull();
});

it('tells days, their neighbours and their weekdays, over leap days and ends of years', () => {
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
  expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
  expect(addDays('2023-12-31', 1)).toBe('2024-01-01');
  expect(weekdayOf('2024-02-29')).toBe('thursday');
  expect(dayAt(at('2024-12-31T23:30:00Z'), 'Europe/Berlin')).toBe('2025-01-01');
  expect(dayAt(at('2024-06-11T00:00:00Z') + DAY_MS, 'UTC')).toBe('2024-06-12');
});

describe('clocks', () => {
  it.each([
    ['UTC', true],
    ['Asia/Kolkata', true],
    ['Etc/GMT-3', true],
    ['Europe/Berlin', false],
    ['Australia/Lord_Howe', false],
    ['Africa/Casablanca', false],
  ])('of %s are never set: %s', (timeZone, never) => {
    expect(isNeverSet(timeZone, at('2026-01-01T00:00:00Z'))).toBe(never);
  });
});
