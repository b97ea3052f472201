import { describe, expect, it } from 'vitest';
import { isQuiet, lastTwo } from '../../src/alerts/times.ts';

const berlin = 'Europe/Berlin';

describe('quiet hours', () => {
  const night = { from: '22:00', to: '07:00', timeZone: berlin };
  it.each([
    ['2024-06-11T19:59Z', false],
    ['2024-06-11T20:00Z', true],
    ['2024-06-12T04:59Z', true],
    ['2024-06-12T05:00Z', false],
    // In winter an hour later.
    ['2024-12-11T20:59Z', false],
    ['2024-12-11T21:00Z', true],
  ])('over midnight are meant in their time zone: %s', (at, quiet) => {
    expect(isQuiet(night, Date.parse(at))).toBe(quiet);
  });

  it('may lie within a day', () => {
    const noon = { from: '12:00', to: '13:00', timeZone: 'UTC' };
    const at = (time: string) => isQuiet(noon, Date.parse(`2024-06-11T${time}Z`));
    expect([at('11:59'), at('12:00'), at('12:59'), at('13:00')]).toEqual([false, true, true, false]);
  });
});

describe('the day of a digest', () => {
  const days = (now: string) => {
    const { previous, last } = lastTwo('07:30', berlin, Date.parse(now));
    return [previous, last].map((at) =>
      at.toUTC().toISO({ suppressMilliseconds: true, suppressSeconds: true }),
    );
  };
  it.each([
    ['2024-06-11T05:29Z', '2024-06-09T05:30Z', '2024-06-10T05:30Z'],
    ['2024-06-11T05:30Z', '2024-06-10T05:30Z', '2024-06-11T05:30Z'],
    // The clocks went back in between: a day of 25 hours.
    ['2024-10-27T12:00Z', '2024-10-26T05:30Z', '2024-10-27T06:30Z'],
    ['2025-01-01T00:10Z', '2024-12-30T06:30Z', '2024-12-31T06:30Z'],
  ])('ends when a clock there last showed the time: %s', (now, previous, last) => {
    expect(days(now)).toEqual([previous, last]);
  });
});
