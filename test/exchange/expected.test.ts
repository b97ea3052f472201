import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Expectation,
  expectedDays,
  judge,
  nextMoment,
  oddRows,
  owed,
} from '../../src/exchange/expected.ts';
import type { Coming, Looks } from '../../src/ledger/port.ts';

const [minute, hour] = [60_000, 3_600_000];
const week = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const daily: Expectation = {
  ...{ timeZone: 'Europe/Berlin', from: 0, by: 10 * hour, days: week, calendar: null },
  ...{ count: 1, warnBeforeMs: 30 * minute },
};
const at = (iso: string): number => Date.parse(iso);
let arrivals = 0;
const came = (name: string, absentAt: string | null, seenAt: string, over: Partial<Coming> = {}): Coming => ({
  ...{ arrival: ++arrivals, name, absentAt: absentAt === null ? null : at(absentAt), seenAt: at(seenAt) },
  ...{ refused: false, ...over },
});
const looked = (last: string, first = '2024-06-10T22:00:00Z'): Looks => ({
  first: at(first),
  last: at(last),
});

/** Day by state, as judged at `now`; `looks` ended just then unless told otherwise. */
function states(now: string, comings: readonly Coming[], looks: Looks = looked(now), expects = daily) {
  return judge(expects, comings, looks, at(now)).map(({ day, state }) => `${day.slice(5)} ${state}`);
}

describe('a file that is expected by ten', () => {
  it.each([
    ['2024-06-11T07:29:00Z', 'open'],
    ['2024-06-11T07:30:00Z', 'soon'],
    ['2024-06-11T08:00:00Z', 'late'],
    ['2024-06-11T21:59:00Z', 'late'],
  ])('and is not there at %s is %s', (now, state) => {
    expect(states(now, [])).toEqual([`06-11 ${state}`]);
  });

  it('and not sent on the whole day is missing, whatever the next one does', () => {
    expect(states('2024-06-11T22:00:00Z', [])).toEqual(['06-11 missing', '06-12 open']);
  });

  it('counts when it comes, early, late or at last on another day', () => {
    const early = came('a.csv', '2024-06-11T05:55:00Z', '2024-06-11T06:00:00Z');
    const late = came('b.csv', '2024-06-11T12:55:00Z', '2024-06-11T13:00:00Z');
    expect(states('2024-06-11T14:00:00Z', [early])).toEqual(['06-11 came']);
    expect(states('2024-06-11T14:00:00Z', [late])).toEqual(['06-11 came']);
    const own = came('c.csv', '2024-06-12T05:55:00Z', '2024-06-12T06:00:00Z');
    const belated = came('d.csv', '2024-06-12T06:55:00Z', '2024-06-12T07:00:00Z');
    expect(states('2024-06-12T09:00:00Z', [own])).toEqual(['06-11 missing', '06-12 came']);
    expect(states('2024-06-12T09:00:00Z', [own, belated])).toEqual(['06-11 came', '06-12 came']);
  });

  it('is owed no more once a later one has come', () => {
    const own = came('c.csv', '2024-06-12T05:55:00Z', '2024-06-12T06:00:00Z');
    const judged = (comings: Coming[]) =>
      owed(judge(daily, comings, looked('2024-06-12T09:00:00Z'), at('2024-06-12T09:00:00Z')));
    expect(judged([]).map(({ day, state }) => [day, state])).toEqual([
      ['2024-06-11', 'missing'],
      ['2024-06-12', 'late'],
    ]);
    expect(judged([own])).toEqual([]);
  });

  it('does not count when it was refused, or is there under one name twice', () => {
    const times = ['2024-06-11T05:55:00Z', '2024-06-11T06:00:00Z'] as const;
    const refused = came('a.csv', ...times, { refused: true });
    const now = '2024-06-11T09:00:00Z';
    const [day] = judge(daily, [refused], looked(now), at(now));
    expect([day?.state, day?.refused]).toEqual(['late', 1]);
    const two = { ...daily, count: 2 };
    const corrected = [came('a.csv', ...times), came('a.csv', ...times)];
    expect(states(now, corrected, looked(now), two)).toEqual(['06-11 late']);
    expect(states(now, [...corrected, came('b.csv', ...times)], looked(now), two)).toEqual(['06-11 came']);
  });
});

describe('when nobody could look', () => {
  it('it is not known whether the file came, and nobody is blamed', () => {
    const looks = looked('2024-06-11T06:00:00Z');
    expect(states('2024-06-11T07:45:00Z', [], looks)).toEqual(['06-11 open']);
    expect(states('2024-06-11T12:00:00Z', [], looks)).toEqual(['06-11 unknown']);
    expect(states('2024-06-12T12:00:00Z', [], looks)).toEqual(['06-11 unknown', '06-12 unknown']);
  });

  it('what is found afterwards came in time, day by day', () => {
    const back = '2024-06-14T07:00:00Z';
    const found = ['a', 'b', 'c'].map((name) => came(name, '2024-06-11T20:00:00Z', back));
    const first = came('0', '2024-06-11T06:00:00Z', '2024-06-11T06:05:00Z');
    expect(states(back, [first, ...found])).toEqual(['06-11 came', '06-12 came', '06-13 came', '06-14 came']);
    expect(states(back, [first, ...found.slice(1)])).toEqual([
      '06-11 came',
      '06-12 came',
      '06-13 came',
      '06-14 open',
    ]);
    const later = states('2024-06-14T09:00:00Z', [first]);
    expect(later).toEqual(['06-11 came', '06-12 missing', '06-13 missing', '06-14 late']);
  });

  it('a feed that was never looked into owes nothing', () => {
    expect(judge(daily, [], null, at('2024-06-11T12:00:00Z')).map(({ state }) => state)).toEqual(['unknown']);
    const begun = looked('2024-06-11T05:00:00Z', '2024-06-11T05:00:00Z');
    expect(states('2024-06-11T06:00:00Z', [], begun)).toEqual(['06-11 open']);
  });
});

describe('days', () => {
  const office = {
    timeZone: 'Europe/Berlin',
    weekend: [],
    holidays: ['06-12'],
    workingHours: { from: 0, to: 1 },
  };

  it('are those of the week that are named, without holidays', () => {
    const expects: Expectation = {
      ...daily,
      days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      calendar: office,
    };
    const days = expectedDays(expects, at('2024-06-11T00:00:00Z'), at('2024-06-17T12:00:00Z'));
    expect(days.map(({ day }) => day.slice(5))).toEqual(['06-11', '06-13', '06-14', '06-17']);
  });

  it('may begin on the evening before', () => {
    const expects: Expectation = { ...daily, from: 18 * hour };
    const evening = came('a.csv', '2024-06-11T17:55:00Z', '2024-06-11T18:00:00Z');
    const now = '2024-06-12T09:00:00Z';
    expect(states(now, [evening], looked(now, '2024-06-11T16:00:00Z'), expects)).toEqual(['06-12 came']);
  });

  it.each([
    ['forward', '2024-03-31', '2024-03-31T08:00:00Z', 23],
    ['back', '2024-10-27', '2024-10-27T09:00:00Z', 25],
  ])('on which the clocks are put %s have their own length, and ten is still ten', (_way, day, by, hours) => {
    const [found] = expectedDays(daily, at(`${day}T06:00:00Z`), at(`${day}T07:00:00Z`));
    expect(found).toMatchObject({ day, by: at(by), warnAt: at(by) - 30 * minute });
    expect((found?.ends ?? 0) - (found?.opens ?? 0)).toBe(hours * hour);
  });

  it('say when to look: at the warning, when it is due, and at the end', () => {
    const moments: string[] = [];
    for (let now = at('2024-06-11T00:00:00Z'); moments.length < 4; ) {
      now = nextMoment(daily, now) ?? Number.POSITIVE_INFINITY;
      moments.push(new Date(now).toISOString().slice(5, 16));
    }
    expect(moments).toEqual(['06-11T07:30', '06-11T08:00', '06-11T22:00', '06-12T07:30']);
  });
});

describe('whenever somebody looks', () => {
  const start = at('2024-03-24T23:00:00Z');
  const hours = fc.array(fc.boolean(), { minLength: 24, maxLength: 21 * 24 });
  const lateAt = fc.integer({ min: 0, max: 20 });

  /** What is owed when files are dropped at these hours, and somebody looks in those that are marked. */
  function owedAfter(looksIn: readonly boolean[], drops: ReadonlySet<number>) {
    const comings: Coming[] = [];
    let lying = 0;
    let looks = null as Looks | null;
    for (const [index, lookNow] of looksIn.entries()) {
      const now = start + index * hour;
      if (drops.has(index)) lying++;
      if (!lookNow) continue;
      const absentAt = looks?.last ?? null;
      for (; lying > 0; lying--)
        comings.push({ arrival: index, name: `f${comings.length}`, absentAt, seenAt: now, refused: false });
      looks = { first: looks?.first ?? now, last: now };
    }
    return owed(judge(daily, comings, looks, start + looksIn.length * hour));
  }
  const sixOClock = (days: number): number[] => Array.from({ length: days }, (_, day) => day * 24 + 6);

  it('a partner who sends every day in time owes nothing', () => {
    fc.assert(
      fc.property(hours, (looksIn) => {
        expect(owedAfter(looksIn, new Set(sixOClock(21)))).toEqual([]);
      }),
    );
  });

  it('a partner who has stopped is noticed by whoever looks after the time', () => {
    fc.assert(
      fc.property(hours, lateAt, (looksIn, days) => {
        const all = [...looksIn, ...Array.from({ length: 24 }, () => true)];
        const sent = Math.min(days, Math.floor(looksIn.length / 24) - 1);
        const first = all.indexOf(true);
        const left = owedAfter(all, new Set(sixOClock(sent)));
        // Within the last day somebody looked every hour, and nothing had come.
        expect(left.length > 0 || first >= looksIn.length).toBe(true);
      }),
    );
  });
});

describe('the number of rows', () => {
  const rule = { atLeast: null, atMost: null, deviation: null };
  it.each([
    ['too few', 4, [], { ...rule, atLeast: 5 }, 'at least 5'],
    ['enough', 5, [], { ...rule, atLeast: 5 }, null],
    ['too many', 101, [], { ...rule, atMost: 100 }, 'at most 100'],
    ['far from what is usual', 49, [100, 90, 110], { ...rule, deviation: 0.5 }, '50 to 150'],
    ['near enough', 50, [100, 90, 110], { ...rule, deviation: 0.5 }, null],
    ['more than double', 201, [100, 80, 120, 100], { ...rule, deviation: 1 }, '0 to 200'],
    ['of too few files to compare with', 1, [100, 100], { ...rule, deviation: 0.5 }, null],
  ])('is odd when it is %s', (_what, rows, before, rules, odd) => {
    const said = oddRows(rows, before, rules);
    if (odd === null) expect(said).toBeNull();
    else expect(said).toContain(odd);
  });
});
