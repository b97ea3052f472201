import { describe, expect, it } from 'vitest';
import type { AnswerRow, Arrival, Ledger, RowOutcome, StagedRow, Verdict } from '../../../src/ledger/port.ts';
import * as given from '../store.ts';

const { accepted, rejected, parked, row, only } = given;
const waits = expect.objectContaining({ code: 'ARRIVAL_WAITS', retry: 'later' });
const notOpen = expect.objectContaining({ code: 'NOT_OPEN', fix: expect.stringMatching(/\w/) });
const notFound = expect.objectContaining({ code: 'NOT_FOUND', fix: expect.stringMatching(/\w/) });
const kim = { by: 'kim', because: 'the target says so' };
const says = (what: Verdict['what']): Verdict => ({ what, ...kim });
const everything = { states: ['rejected', 'parked'], lines: null } as const;

export function roundsConform(ledger: () => Ledger): void {
  /** Takes a staged arrival to `settled`, its pending rows with the outcomes given by line, else accepted. */
  const finished = async (arrival: Arrival, outcomes: Record<number, RowOutcome> = {}): Promise<Arrival> => {
    for (const { line } of await ledger().pendingRows(arrival, 0, 1000))
      await ledger().settleRow(arrival, line, outcomes[line] ?? accepted, 40);
    return answered(await ledger().delivered(arrival, 50));
  };
  const answered = async (arrival: Arrival): Promise<Arrival> => {
    await ledger().acknowledged(arrival, 'processed', '/processed/x.csv', 60);
    return ledger().settled(arrival, 70);
  };
  const settled = async (name: string, rows: readonly StagedRow[], outcomes: Record<number, RowOutcome>) =>
    finished(await given.staged(ledger(), name, rows), outcomes);
  /** As the next poll takes it up. */
  const resumed = async (arrival: Arrival): Promise<Arrival> => {
    const next = await ledger().resume('acme', 'sales', given.me, 80);
    if (next?.id !== arrival.id) throw new Error(`arrival ${next?.id} came instead of ${arrival.id}`);
    return next;
  };
  /** Maps what waits for it to the rows given, and stages the round. */
  const restaged = async (arrival: Arrival, rows: readonly StagedRow[]): Promise<Arrival> => {
    const wanted = (await ledger().rowsToMap(arrival, 0, 1000)).map(({ line }) => line);
    await ledger().mapRows(
      arrival,
      rows.filter(({ line }) => wanted.includes(line)),
    );
    return ledger().restaged(arrival, 'm@2', 'reject', 90);
  };
  const states = (arrival: Arrival) => given.states(ledger(), arrival);
  const round = async (arrival: Arrival, number: number): Promise<AnswerRow[]> =>
    ledger().answerRows(arrival.id, 0, 1000, { round: number });
  const current = (arrival: Arrival) => given.current(ledger(), arrival);

  describe('a decision about a parked row', () => {
    const rows = [row(2, 'A'), row(3, 'B'), row(4, 'C')];

    it('gives the row its outcome in a round of its own, and keeps what was answered before', async () => {
      const first = await settled('a.csv', rows, { 3: parked });
      const before = await round(first, 0);
      const reopened = await ledger().decide(first.id, only(3), says('accepted'), 75);
      expect(reopened).toMatchObject({
        ...{ state: 'delivered', round: 1, disposition: 'processed', settleAs: '/processed/x.csv' },
        counts: { rows: 3, accepted: 3, parked: 0, pending: 0 },
      });
      expect(await round(first, 0)).toEqual(before);
      expect(await round(first, 1)).toEqual([
        expect.objectContaining({
          ...{ line: 3, state: 'accepted', code: 'DECIDED', settledAt: 75 },
          message: 'decided: the target says so',
        }),
      ]);
      expect(await ledger().countRound(first.id, 0)).toMatchObject({ rows: 3, accepted: 2, parked: 1 });
      expect(await ledger().countRound(first.id, 1)).toMatchObject({ rows: 1, accepted: 1, parked: 0 });
      expect(await ledger().decisions(first.id)).toEqual([
        { line: 3, round: 1, what: 'accepted', ...kim, at: 75, mapping: null },
      ]);
      expect(await ledger().steps(first.id)).toContainEqual({ state: 'delivered', at: 75 });
    });

    it('takes the arrival from whoever had it, and gives it to whoever resumes the feed', async () => {
      const first = await settled('a.csv', rows, { 3: parked });
      await ledger().decide(first.id, only(3), says('accepted'), 75);
      await expect(ledger().acknowledged(first, 'errored', null, 76)).rejects.toMatchObject({
        code: 'LEDGER_STALE',
      });
      const other = given.owner('other');
      const next = await ledger().resume('acme', 'sales', other, 76);
      expect(next).toMatchObject({ id: first.id, state: 'delivered' });
      await answered(next ?? first);
      expect(await ledger().resume('acme', 'sales', other, 80)).toBeNull();
    });

    it('that it was rejected gives its reference back; that it was accepted keeps it', async () => {
      const first = await settled('a.csv', rows, { 3: parked, 4: parked });
      await ledger().decide(first.id, only(3), says('rejected'), 75);
      await answered(await resumed(first));
      await ledger().decide(first.id, only(4), says('accepted'), 85);
      await answered(await resumed(first));
      const second = await given.staged(ledger(), 'b.csv', [row(2, 'B', 'other'), row(3, 'C', 'other')]);
      expect(await states(second)).toEqual({ 2: 'pending', 3: 'rejected' });
    });

    it('that it is to be sent again settles its doubt, and leaves the calls on record', async () => {
      const first = await given.staged(ledger(), 'a.csv', rows);
      const attempt = await ledger().openAttempt(given.opened(first, 3));
      await ledger().closeAttempt({ ...given.ended(first, 3, attempt, null), outcome: 'in-doubt' });
      await finished(first, { 3: parked });
      const calls = await ledger().attempts(first.id);
      expect(await ledger().decide(first.id, only(3), says('resend'), 75)).toMatchObject({
        state: 'staged',
        counts: { accepted: 2, pending: 1, parked: 0 },
      });
      const again = await resumed(first);
      expect(await ledger().pendingRows(again, 0, 10)).toMatchObject([
        { line: 3, inDoubt: null, overruled: true, plan: rows[1]?.plan },
      ]);
      expect(await ledger().attempts(first.id)).toEqual(calls);
      const second = await ledger().openAttempt(given.opened(again, 3));
      expect(await ledger().pendingRows(again, 0, 10)).toMatchObject([{ inDoubt: { attempt: second } }]);
    });

    it('that it is to be sent again waits for an earlier parked row of its key', async () => {
      const keyed = [row(2, 'A', 'a', { orderKey: 'K' }), row(3, 'B', 'b', { orderKey: 'K' })];
      const first = await settled('a.csv', keyed, { 2: parked, 3: parked });
      await expect(ledger().decide(first.id, only(3), says('resend'), 75)).rejects.toEqual(notOpen);
      await ledger().decide(first.id, only(2), says('resend'), 75);
      expect(await ledger().parkedKeys(first.id)).toEqual([{ key: 'K', line: 3 }]);
      await expect(ledger().decide(first.id, only(3), says('resend'), 76)).rejects.toMatchObject({
        code: 'NOT_OPEN',
        fix: expect.stringContaining(`${first.id}:2`),
      });
    });

    it('is refused for any other row, for a repeat, and while the arrival is in work', async () => {
      const first = await settled('a.csv', [...rows, row(5, 'B')], { 3: parked });
      const decide = (arrival: number, line: number) =>
        ledger().decide(arrival, only(line), says('accepted'), 75);
      await expect(decide(first.id, 2)).rejects.toMatchObject({
        code: 'NOT_OPEN',
        message: expect.stringContaining('line 2 is accepted'),
      });
      await expect(decide(first.id, 99)).rejects.toEqual(notFound);
      await expect(decide(999, 2)).rejects.toEqual(notFound);
      await expect(decide(first.id, 5)).rejects.toEqual(notOpen);
      const same = await given.fetched(ledger(), 'again.csv', 'sha-a.csv');
      await expect(decide(same.id, 3)).rejects.toEqual(waits);
      await ledger().withdrawn(same, 'gone', 71);
      await expect(decide(same.id, 3)).rejects.toMatchObject({ code: 'NOT_OPEN' });
      await decide(first.id, 3);
      await expect(decide(first.id, 3)).rejects.toEqual(notOpen);
      await resumed(first);
      await expect(decide(first.id, 3)).rejects.toEqual(waits);
    });

    it('concerns all rows that are named, or none, in one round with a record for each', async () => {
      const many = [...rows, row(5, 'D'), row(6, 'B')];
      const first = await settled('a.csv', many, { 2: parked, 3: parked, 4: parked });
      const decide = (from: number, to: number, verdict = says('accepted')) =>
        ledger().decide(first.id, [...only(2), { from, to }], verdict, 75);
      await expect(decide(4, 6)).rejects.toMatchObject({
        code: 'NOT_OPEN',
        message: expect.stringContaining('line 5 is accepted'),
      });
      await expect(decide(7, 9)).rejects.toEqual(notFound);
      await expect(decide(6, 6)).rejects.toMatchObject({
        code: 'NOT_OPEN',
        fix: `Decide about ${first.id}:3.`,
      });
      expect(await current(first)).toMatchObject({ state: 'settled', counts: { parked: 4 } });
      expect(await decide(3, 4, says('rejected'))).toMatchObject({ state: 'delivered', round: 1 });
      expect(await states(first)).toEqual({
        ...{ 2: 'rejected', 3: 'rejected', 4: 'rejected', 5: 'accepted', 6: 'rejected' },
      });
      expect((await ledger().decisions(first.id)).map(({ line, round: in_ }) => [line, in_])).toEqual([
        [2, 1],
        [3, 1],
        [4, 1],
      ]);
      await answered(await resumed(first));
      const second = await given.staged(ledger(), 'b.csv', [row(2, 'A', 'other'), row(3, 'C', 'other')]);
      expect(await states(second)).toEqual({ 2: 'pending', 3: 'pending' });
    });

    it('may name a repeat together with what it repeats', async () => {
      const first = await settled('a.csv', [row(2, 'A'), row(3, 'A')], { 2: parked });
      await ledger().decide(first.id, [{ from: 2, to: 3 }], says('accepted'), 75);
      expect(await states(first)).toEqual({ 2: 'accepted', 3: 'duplicate' });
      expect(await ledger().decisions(first.id)).toMatchObject([{ line: 2 }]);
    });

    it('is refused for an arrival that only repeats another, or was refused as a whole', async () => {
      const first = await settled('a.csv', rows, { 3: parked });
      const same = await given.fetched(ledger(), 'again.csv', 'sha-a.csv');
      await finished(await ledger().staged(same, given.staging, 30));
      await expect(ledger().decide(same.id, only(3), says('accepted'), 75)).rejects.toMatchObject({
        code: 'NOT_OPEN',
        fix: `Name arrival ${first.id} instead.`,
      });
      await expect(ledger().retry(same.id, everything, kim, 75)).rejects.toEqual(notOpen);
      const bad = await given.fetched(ledger(), 'bad.csv');
      const problem = { code: 'C', message: 'm', line: 1, column: 1, expected: '', fix: '' };
      await answered(await ledger().quarantined(bad, problem, { keyColumns: [], ackColumns: [] }, 50));
      await expect(ledger().retry(bad.id, everything, kim, 75)).rejects.toEqual(notOpen);
    });
  });

  describe('rows that repeat a parked one', () => {
    const both = [row(2, 'A'), row(3, 'A')];

    it.each([
      ['accepted', 'duplicate'],
      ['rejected', 'rejected'],
    ] as const)('follow when it was %s: %s, in every arrival', async (what, state) => {
      const first = await settled('a.csv', both, { 2: parked });
      const second = await settled('b.csv', both, {});
      expect((await current(second)).counts).toMatchObject({ parked: 2 });
      await ledger().decide(first.id, only(2), says(what), 75);
      expect(await states(first)).toEqual({ 2: what, 3: state });
      expect(await states(second)).toEqual({ 2: state, 3: state });
      for (const arrival of [first, second]) {
        expect(await current(arrival)).toMatchObject({
          ...{ state: 'delivered', round: 1 },
          counts: { rows: 2, parked: 0, pending: 0 },
        });
        expect((await round(arrival, 1)).map(({ message }) => message)).toEqual([
          'decided: the target says so',
          'decided: the target says so',
        ]);
        expect((await round(arrival, 0)).map((it) => it.state)).toEqual(['parked', 'parked']);
      }
      expect(await ledger().decisions(second.id)).toMatchObject([{ what: 'follows', round: 1, line: null }]);
    });

    it('follow what a later round found out', async () => {
      const first = await settled('a.csv', both, { 2: parked });
      const second = await settled('b.csv', both, {});
      await ledger().retry(first.id, { states: ['parked'], lines: [{ from: 2, to: 2 }] }, kim, 75);
      const again = await restaged(await resumed(first), []);
      expect(await states(first)).toEqual({ 2: 'pending', 3: 'parked' });
      expect((await current(second)).state).toBe('settled');
      await ledger().settleRow(again, 2, accepted, 95);
      await ledger().delivered(again, 96);
      expect(await states(first)).toEqual({ 2: 'accepted', 3: 'duplicate' });
      expect(await states(second)).toEqual({ 2: 'duplicate', 3: 'duplicate' });
      expect(await current(second)).toMatchObject({ state: 'delivered', round: 1 });
    });

    it('catch up when their arrival was in work at that moment', async () => {
      const first = await settled('a.csv', both, { 2: parked });
      const second = await given.staged(ledger(), 'b.csv', [...both, row(4, 'Z')]);
      await ledger().settleRow(second, 4, accepted, 40);
      await ledger().delivered(second, 50);
      await ledger().decide(first.id, only(2), says('accepted'), 55);
      expect(await current(second)).toMatchObject({ state: 'delivered', round: 0, counts: { parked: 2 } });
      expect(await answered(second)).toMatchObject({
        ...{ state: 'delivered', round: 1, token: second.token },
        counts: { parked: 0, duplicate: 2 },
      });
      expect(await answered(second)).toMatchObject({ state: 'settled', round: 1 });
    });

    it('stay parked when the row was parked once more', async () => {
      const first = await settled('a.csv', both, { 2: parked });
      const second = await settled('b.csv', both, {});
      await ledger().retry(first.id, everything, kim, 75);
      const again = await restaged(await resumed(first), []);
      expect(await states(first)).toEqual({ 2: 'pending', 3: 'duplicate' });
      await ledger().settleRow(again, 2, parked, 95);
      await ledger().delivered(again, 96);
      expect(await states(first)).toEqual({ 2: 'parked', 3: 'parked' });
      expect(await current(second)).toMatchObject({ state: 'settled', round: 0 });
    });
  });

  describe('a retry', () => {
    const rows = [row(2, 'A'), row(3, 'B'), row(4, 'C'), given.invalidRow(5), row(6, 'D')];
    const outcomes = { 3: rejected, 4: parked };
    const retry = (arrival: Arrival, lines: [number, number][] | null, only?: 'rejected' | 'parked') =>
      ledger().retry(
        arrival.id,
        {
          states: only ? [only] : ['rejected', 'parked'],
          lines: lines?.map(([from, to]) => ({ from, to })) ?? null,
        },
        kim,
        75,
      );

    it('takes up rejected and parked rows and leaves the others as they are', async () => {
      const first = await settled('a.csv', rows, outcomes);
      const before = await round(first, 0);
      expect(await retry(first, null)).toMatchObject({
        ...{ state: 'reopened', round: 1 },
        counts: { rows: 5, accepted: 2, pending: 3, rejected: 0, parked: 0 },
      });
      const again = await resumed(first);
      expect(await ledger().rowsToMap(again, 0, 10)).toEqual([
        { line: 3, fields: ['B', 'a'] },
        { line: 5, fields: ['', ''] },
      ]);
      expect(await ledger().rowsToMap(again, 3, 10)).toHaveLength(1);
      await restaged(again, [row(3, 'B', 'mended'), given.invalidRow(5)]);
      expect(await states(first)).toEqual({
        ...{ 2: 'accepted', 3: 'pending', 4: 'pending', 5: 'rejected', 6: 'accepted' },
      });
      expect(await ledger().pendingRows(again, 0, 10)).toMatchObject([
        { line: 3, plan: { request: { asks: 'mended' } } },
        { line: 4, plan: rows[2]?.plan },
      ]);
      expect((await finished(again)).counts).toMatchObject({ rows: 5, accepted: 4, rejected: 1, parked: 0 });
      expect(await round(first, 0)).toEqual(before);
      expect((await round(first, 1)).map(({ line, state }) => [line, state])).toEqual([
        [3, 'accepted'],
        [4, 'accepted'],
        [5, 'rejected'],
      ]);
      const violated = (await round(first, 1))[2];
      expect(violated).toMatchObject({ violations: given.invalidRow(5).violations, settledAt: 90 });
      expect(await ledger().decisions(first.id)).toEqual([
        { line: null, round: 1, what: 'retry', ...kim, at: 75, mapping: 'm@2' },
      ]);
      expect((await current(first)).mapping).toBe('m@1');
    });

    it('rejects what cannot be mapped any more, in words', async () => {
      const first = await settled('a.csv', rows, outcomes);
      await retry(first, null);
      const again = await resumed(first);
      const violation = { column: '', rule: 'other columns', value: '', fix: 'Send it anew.' };
      const refuse = (...lines: number[]) => ledger().refuseRows(again, lines, 'GONE', violation);
      await expect(refuse(3, 4)).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
      expect(await states(first)).toMatchObject({ 3: 'pending' });
      await refuse(3, 5);
      expect((await current(first)).counts).toMatchObject({ pending: 1, rejected: 2 });
      await finished(await restaged(again, []));
      expect(await round(first, 1)).toMatchObject([
        { line: 3, state: 'rejected', code: 'GONE', violations: [violation], settledAt: 90 },
        { line: 4, state: 'accepted' },
        { line: 5, state: 'rejected', code: 'GONE' },
      ]);
    });

    it('can be cut off anywhere on the way to staged, and goes on', async () => {
      const first = await settled('a.csv', rows, outcomes);
      await retry(first, null);
      const once = await resumed(first);
      await ledger().mapRows(once, [row(3, 'B')]);
      await expect(ledger().restaged(once, 'm@2', 'reject', 90)).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
      const twice = await resumed(first);
      expect(await ledger().rowsToMap(twice, 0, 10)).toMatchObject([{ line: 5 }]);
      expect((await restaged(twice, [row(5, 'E')])).counts).toMatchObject({ pending: 3 });
      await expect(ledger().mapRows(once, [])).rejects.toMatchObject({ code: 'LEDGER_STALE' });
    });

    it('can be told which', async () => {
      const first = await settled('a.csv', rows, outcomes);
      const taken = async (
        ...selection: Parameters<typeof retry> extends [unknown, ...infer R] ? R : never
      ) => {
        const reopened = await retry(first, ...selection);
        const lines = (await round(first, reopened.round)).map(({ line }) => line);
        const again = await resumed(first);
        await finished(
          await restaged(
            again,
            rows.map((it) => ({ ...it, plan: null })),
          ),
          outcomes,
        );
        return lines;
      };
      expect(await taken(null, 'parked')).toEqual([4]);
      expect(await taken(null, 'rejected')).toEqual([3, 5]);
      expect(await taken([[5, 5]])).toEqual([5]);
      expect(
        await taken([
          [3, 4],
          [4, 5],
        ]),
      ).toEqual([3, 4, 5]);
      expect(await taken([[3, 5]], 'parked')).toEqual([4]);
      expect((await current(first)).counts).toMatchObject({ rows: 5, accepted: 2, rejected: 2, parked: 1 });
    });

    it('does nothing again that was done, and says which lines', async () => {
      const first = await settled('a.csv', [...rows, row(7, 'A')], outcomes);
      await expect(retry(first, [[2, 3]])).rejects.toMatchObject({
        code: 'NOT_OPEN',
        message: expect.stringContaining('line 2 is accepted'),
      });
      await expect(
        retry(first, [
          [3, 3],
          [7, 7],
        ]),
      ).rejects.toMatchObject({
        message: expect.stringContaining('line 7 is duplicate'),
      });
      await expect(
        retry(first, [
          [3, 3],
          [99, 100],
        ]),
      ).rejects.toEqual(notFound);
      expect(await current(first)).toMatchObject({ state: 'settled', round: 0 });
      const fine = await settled('b.csv', [row(2, 'Q')], {});
      await expect(retry(fine, null)).rejects.toEqual(notOpen);
      await retry(first, null);
      await expect(retry(first, null)).rejects.toEqual(notOpen);
      await resumed(first);
      await expect(retry(first, null)).rejects.toEqual(waits);
    });

    it('keeps the doubt about a parked row, which is no duplicate of itself', async () => {
      const first = await given.staged(ledger(), 'a.csv', [row(2, 'A'), row(3, 'A')]);
      const attempt = await ledger().openAttempt(given.opened(first, 2));
      await ledger().closeAttempt({ ...given.ended(first, 2, attempt, null), outcome: 'in-doubt' });
      await finished(first, { 2: parked });
      await retry(first, null);
      const again = await restaged(await resumed(first), []);
      expect(await states(first)).toEqual({ 2: 'pending', 3: 'duplicate' });
      expect(await ledger().pendingRows(again, 0, 10)).toMatchObject([{ line: 2, inDoubt: { attempt } }]);
      expect((await finished(again)).counts).toMatchObject({ accepted: 1, duplicate: 1 });
      expect(await round(first, 1)).toMatchObject([{ line: 2 }, { line: 3, duplicateOf: { line: 2 } }]);
    });

    it('does not let a mended row take the effect of a parked one that stands behind it', async () => {
      const first = await settled('a.csv', [given.invalidRow(2), row(3, 'A'), given.invalidRow(4)], {
        3: parked,
      });
      await retry(first, null);
      await restaged(await resumed(first), [row(2, 'A'), row(4, 'A', 'other')]);
      expect(await states(first)).toEqual({ 2: 'duplicate', 3: 'pending', 4: 'rejected' });
      const [second, , fourth] = await round(first, 1);
      expect(second?.duplicateOf).toMatchObject({ arrival: first.id, line: 3 });
      expect(fourth?.code).toBe('REFERENCE_KNOWN');
    });

    it('decides repeats among rejected rows again, within the file and over files', async () => {
      const first = await settled('a.csv', [row(2, 'A', 'x'), row(3, 'A', 'y'), row(4, 'B'), row(5, 'B')], {
        4: rejected,
      });
      await settled('b.csv', [row(2, 'A', 'x')], {});
      await retry(first, null);
      await restaged(await resumed(first), [row(2, 'A', 'x'), row(3, 'A', 'y'), row(4, 'B'), row(5, 'B')]);
      expect(await states(first)).toEqual({ 2: 'duplicate', 3: 'rejected', 4: 'pending', 5: 'duplicate' });
    });

    it('leaves no doubt about a row that a person rejected', async () => {
      const first = await given.staged(ledger(), 'a.csv', [row(2, 'A')]);
      await ledger().openAttempt(given.opened(first, 2));
      await finished(first, { 2: parked });
      await ledger().decide(first.id, only(2), says('rejected'), 75);
      await answered(await resumed(first));
      await ledger().retry(first.id, everything, kim, 85);
      const again = await restaged(await resumed(first), [row(2, 'A')]);
      expect(await ledger().pendingRows(again, 0, 10)).toMatchObject([{ line: 2, inDoubt: null }]);
    });
  });

  describe('a round that nobody has taken up yet', () => {
    const rows = [row(2, 'A'), row(3, 'B'), row(4, 'C'), row(5, 'D')];
    const outcomes = { 2: parked, 3: parked, 4: rejected, 5: rejected };
    const decide = (arrival: Arrival, line: number, what: Verdict['what']) =>
      ledger().decide(arrival.id, only(line), says(what), 75);
    const retry = (arrival: Arrival, line: number) =>
      ledger().retry(arrival.id, { ...everything, lines: only(line) }, kim, 76);

    it('is joined by further decisions and retries, and answered once for all of them', async () => {
      const first = await settled('a.csv', rows, outcomes);
      const before = await round(first, 0);
      expect(await decide(first, 2, 'accepted')).toMatchObject({ state: 'delivered', round: 1 });
      expect(await retry(first, 4)).toMatchObject({ state: 'reopened', round: 1 });
      expect(await decide(first, 3, 'rejected')).toMatchObject({
        ...{ state: 'reopened', round: 1 },
        counts: { rows: 4, accepted: 1, rejected: 2, pending: 1 },
      });
      expect(await retry(first, 5)).toMatchObject({ state: 'reopened', round: 1 });
      const again = await resumed(first);
      expect((await ledger().rowsToMap(again, 0, 10)).map(({ line }) => line)).toEqual([4, 5]);
      await finished(await restaged(again, rows), {});
      expect(await round(first, 0)).toEqual(before);
      expect((await round(first, 1)).map(({ line, state }) => [line, state])).toEqual([
        [2, 'accepted'],
        [3, 'rejected'],
        [4, 'accepted'],
        [5, 'accepted'],
      ]);
      expect((await ledger().decisions(first.id)).map(({ what, mapping }) => [what, mapping])).toEqual([
        ['accepted', null],
        ['retry', 'm@2'],
        ['rejected', null],
        ['retry', 'm@2'],
      ]);
    });

    it('takes up no row twice, so that every outcome stays on record', async () => {
      const first = await settled('a.csv', rows, outcomes);
      await decide(first, 2, 'rejected');
      await expect(retry(first, 2)).rejects.toMatchObject({
        code: 'NOT_OPEN',
        message: expect.stringMatching(/round 1 has taken it up already: line 2 is rejected/),
      });
      await ledger().retry(first.id, everything, kim, 76);
      expect(await states(first)).toEqual({ 2: 'rejected', 3: 'pending', 4: 'pending', 5: 'pending' });
    });

    it('is not joined by rows that go another way', async () => {
      const first = await settled('a.csv', rows, outcomes);
      const second = await settled('b.csv', [row(2, 'K'), row(3, 'L')], { 2: parked, 3: rejected });
      await decide(first, 2, 'resend');
      await expect(retry(first, 4)).rejects.toEqual(waits);
      expect(await decide(first, 3, 'accepted')).toMatchObject({ state: 'staged', counts: { pending: 1 } });
      await retry(second, 3);
      await expect(decide(second, 2, 'resend')).rejects.toEqual(waits);
    });
  });

  describe('a feed with a reopened arrival', () => {
    const parkedFile = () => settled('a.csv', [row(2, 'A')], { 2: parked });

    it('takes a new file of the same name', async () => {
      const first = await parkedFile();
      await ledger().decide(first.id, only(2), says('accepted'), 75);
      await resumed(first);
      expect(await given.claimed(ledger(), 'a.csv')).toMatchObject({ round: 0 });
      expect(await ledger().claim(given.sighting('a.csv'), given.me, 80)).toBeNull();
    });

    it('is still worked on by one process alone', async () => {
      const first = await parkedFile();
      const second = await given.claimed(ledger(), 'b.csv');
      await ledger().decide(first.id, only(2), says('accepted'), 15);
      const other = given.owner('other');
      const mine = (except: number[] = []) => ledger().resume('acme', 'sales', given.me, 20, except);
      await expect(ledger().resume('acme', 'sales', other, 20)).rejects.toEqual(waits);
      await expect(ledger().claim(given.sighting('c.csv'), other, 20)).rejects.toEqual(waits);
      expect(await mine()).toMatchObject({ id: first.id });
      expect(await mine([first.id])).toMatchObject({ id: second.id });
      expect(await mine([first.id, second.id])).toBeNull();
    });

    it('has answers of every round side by side', async () => {
      const first = await parkedFile();
      const reopened = await ledger().decide(first.id, only(2), says('accepted'), 75);
      const file = { bytes: 1, sha256: 'h' };
      for (const number of [0, 1]) {
        const answer = { kind: 'acknowledgement', round: number } as const;
        await ledger().planAnswers(reopened, [{ ...answer, path: `/out/${number}.csv` }]);
        await ledger().answerWritten(reopened, answer, file, 80 + number);
      }
      expect(await ledger().answers(first.id)).toMatchObject([
        { round: 0, path: '/out/0.csv', written: { at: 80 } },
        { round: 1, path: '/out/1.csv', written: { at: 81 } },
      ]);
    });
  });
}
