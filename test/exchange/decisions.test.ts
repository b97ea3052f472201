import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/delivery/backoff.ts';
import { answerCells, answerHeader, problemCells } from '../../src/exchange/answer-rows.ts';
import { namePattern, numberedName, parseName } from '../../src/exchange/file-names.ts';
import { announcedBy, gate, type Sightings, waitingLong } from '../../src/exchange/gate.ts';
import type { AnswerRow } from '../../src/ledger/port.ts';

describe('file names', () => {
  const parse = (name: string) => parseName(name, namePattern('Sales'), 'Sales');

  it.each([
    ['Sales_20240611.csv', { dataType: 'Sales', stamp: '20240611' }],
    ['Sales_20240611_153000.csv', { dataType: 'Sales', stamp: '20240611_153000' }],
    ['SALES_20240611.CSV', { dataType: 'SALES', stamp: '20240611' }],
    ['Sales_2024061.csv', null],
    ['Sales_20240611_1530.csv', null],
    ['Sales20240611.csv', null],
    ['Claims_20240611.csv', null],
    ['Sales_20240611.csv.done', null],
  ])('%s', (name, expected) => expect(parse(name)).toEqual(expected));

  it('makes a taken name unique by the number of the arrival', () => {
    expect(numberedName('Sales_20240611.csv', 12)).toBe('Sales_20240611~12.csv');
    expect(numberedName('.hidden', 12)).toBe('.hidden~12');
  });
});

describe('the stable-file gate', () => {
  const entry = (size: number) => ({ name: 'a.csv', kind: 'file', size, modifiedAt: 5 }) as const;
  const when = { kind: 'stable', forMs: 100 } as const;
  const seen: Sightings = new Map([['a.csv', { size: 7, modifiedAt: 5, since: 1000, waitingSince: 1000 }]]);

  it.each([
    ['never seen before', 7, new Map(), 2000, false],
    ['unchanged long enough', 7, seen, 1100, true],
    ['unchanged, but not long enough', 7, seen, 1099, false],
    ['grown since', 8, seen, 2000, false],
  ])('%s', (_what, size, before, now, ready) => {
    const gated = gate([entry(size)], new Set(['a.csv']), when, before, { now, steadySince: 0 });
    expect(gated.ready.length === 1).toBe(ready);
  });

  it.each([
    ['forward', 1000 + 3_600_000],
    ['back', 1000 - 3_600_000],
  ])('begins anew when the clock is set %s, so that no file looks as if it had rested', (_where, now) => {
    const moment = { now, steadySince: now };
    const gated = gate([entry(7)], new Set(['a.csv']), when, seen, moment);
    expect(gated.ready).toEqual([]);
    expect(waitingLong(gated, now)).toEqual([]);
    const later = { now: now + 100, steadySince: now };
    expect(gate([entry(7)], new Set(['a.csv']), when, gated.sightings, later).ready).toHaveLength(1);
  });

  it('forgets what is gone, so that the memory does not grow with the names', () => {
    expect(gate([], new Set(), when, seen, { now: 2000, steadySince: 0 }).sightings.size).toBe(0);
  });

  it('goes by the done-file alone where one was agreed', () => {
    const done = { kind: 'done-file', pattern: '{name}.done' } as const;
    expect(gate([entry(7)], new Set(['a.csv']), done, seen, { now: 9999, steadySince: 0 }).ready).toEqual([]);
    expect(
      gate([entry(7)], new Set(['a.csv', 'a.csv.done']), done, new Map(), { now: 0, steadySince: 0 }).ready,
    ).toHaveLength(1);
  });
});

describe('a file that is not complete', () => {
  const hour = 3_600_000;
  const when = { kind: 'stable', forMs: 100 } as const;
  const look = (size: number, before: Sightings, now: number) =>
    gate([{ name: 'a.csv', kind: 'file', size, modifiedAt: 5 }], new Set(), when, before, {
      now,
      steadySince: 0,
    });

  it('is worth telling after an hour, however often it changed since it was first seen', () => {
    const first = look(1, new Map(), 0);
    const second = look(2, first.sightings, hour);
    expect(waitingLong(second, hour)).toEqual([]);
    expect(waitingLong(look(3, second.sightings, hour + 1), hour + 1)).toEqual([{ name: 'a.csv', since: 0 }]);
  });

  it('is not mistaken for one that was taken under the same name before', () => {
    const taken = look(1, look(1, new Map(), 0).sightings, 100);
    expect(taken.ready).toHaveLength(1);
    const next = look(2, taken.sightings, 24 * hour);
    expect(next.notYet).toHaveLength(1);
    expect(waitingLong(next, 24 * hour)).toEqual([]);
  });
});

describe('a done-file', () => {
  it.each([
    ['a.csv.done', '{name}.done', 'a.csv'],
    ['done-a.csv', 'done-{name}', 'a.csv'],
    ['a.csv', '{name}.done', null],
    ['.done', '{name}.done', null],
    ['d.done', 'd{name}d.done', null],
  ])('%s under the pattern %s announces %s', (doneFile, pattern, announced) => {
    expect(announcedBy(doneFile, pattern)).toBe(announced);
  });
});

describe('back-off', () => {
  const policy = { attempts: 5, firstMs: 100, mostMs: 1000 };
  it.each([
    [1, undefined, 0, 50],
    [1, undefined, 1, 100],
    [3, undefined, 1, 400],
    [9, undefined, 1, 1000],
    [1, 5000, 0.5, 5000],
  ])('after failure %i, asked for %s, chance %d: %i ms', (failures, asked, chance, expected) => {
    expect(backoffMs(failures, policy, asked, () => chance)).toBe(expected);
  });
});

describe('the rows of an answer', () => {
  const layout = { keyColumns: ['Id'], ackColumns: ['Message', 'Code'] };
  const row: AnswerRow = {
    line: 7,
    keys: ['X-1'],
    action: 'Sell',
    state: 'accepted',
    code: '',
    message: 'Success',
    cells: { Code: 'S1' },
    violations: [],
    duplicateOf: null,
    settledAt: 1,
    fields: [],
  };

  it('stay on one line each, whatever a target says', () => {
    const cells = answerCells({ ...row, message: 'one\r\n two\u2028three', cells: { Code: 'S\n1' } }, layout);
    expect(cells).toEqual(expect.arrayContaining(['one two three', 'S 1']));
  });

  it('have as many cells as the header, whatever the row says', () => {
    const width = answerHeader(layout).length;
    const violation = { column: 'A', rule: 'r', value: 'v', fix: 'f' };
    const problem = { code: 'FILE_EMPTY', message: 'm', line: null, column: null, expected: 'e', fix: 'f' };
    expect(answerCells(row, layout)).toHaveLength(width);
    expect(answerCells({ ...row, violations: [violation, violation] }, layout)).toHaveLength(width);
    expect(problemCells(problem, layout)).toHaveLength(width);
    expect(problemCells({ ...problem, line: 3, column: 9 }, layout)).toHaveLength(width);
  });

  it('always have a status code and a message, also where the mapping names none', () => {
    expect(answerHeader(layout)).toEqual([
      'Line',
      'Id',
      'Status Code',
      'Message',
      'Code',
      'Result',
      'Column',
      'Rule',
      'Value',
      'Fix',
    ]);
  });

  it('say in words what became of the row', () => {
    const result = (changes: Partial<AnswerRow>) => answerCells({ ...row, ...changes }, layout)[5];
    expect(result({})).toBe('Accepted');
    expect(result({ state: 'rejected' })).toBe('Rejected');
    expect(result({ state: 'parked' })).toMatch(/do not send it again/);
    const duplicateOf = { arrival: 1, name: 'Sales_20240611.csv', line: 4 };
    expect(
      (['duplicate', 'rejected', 'parked'] as const).map((state) => result({ state, duplicateOf })),
    ).toEqual([
      'Duplicate of line 4 in Sales_20240611.csv, which was accepted; nothing was done again',
      'Duplicate of line 4 in Sales_20240611.csv, which was rejected; nothing was done again',
      'Duplicate of line 4 in Sales_20240611.csv, which is held for a decision: do not send it again; the outcome follows in a supplement',
    ]);
  });
});
