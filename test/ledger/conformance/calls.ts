import { describe, expect, it } from 'vitest';
import type {
  Arrival,
  CallbackFate,
  CallEnd,
  Ledger,
  OpenedCall,
  RowOutcome,
} from '../../../src/ledger/port.ts';
import type { Store } from '../store.ts';
import * as given from '../store.ts';

const { accepted, rejected, parked, row, staged } = given;

const opening = (arrival: Arrival, lines: readonly number[], code: string | null = null) => ({
  ...{ claim: arrival, target: 'servify', operation: 'Contract/create', code, at: 40 },
  rows: lines.map((line) => ({ line, request: { line } })),
});

/** Every row of the call with its outcome; without one it stays pending, in doubt. */
const ending = (
  arrival: Arrival,
  { id, attempts }: OpenedCall,
  outcomes: readonly (readonly [line: number, outcome: RowOutcome | null])[],
): CallEnd => ({
  ...{ claim: arrival, call: id, at: 50 },
  rows: outcomes.map(([line, outcome], index) => ({
    ...{ line, attempt: attempts[index] ?? 0, status: 200, code: 'C', message: 'M', ticket: null },
    outcome: outcome === null ? 'in-doubt' : outcome.state === 'rejected' ? 'rejected' : 'accepted',
    ...{ answer: { ok: true }, row: outcome },
  })),
});

const three = [row(2, 'A'), row(3, 'B'), row(4, 'C')];

export function callsConform(ledger: () => Ledger, store: () => Store): void {
  describe('a call for many rows', () => {
    it('opens an attempt for each, in their order, and closes them together with their outcomes', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const call = await ledger().openCall(opening(arrival, [4, 2, 3]));
      const open = await ledger().attempts(arrival.id);
      expect(open.map(({ id, line, call: of, outcome }) => [id, line, of, outcome])).toEqual([
        [call.attempts[0], 4, call.id, null],
        [call.attempts[1], 2, call.id, null],
        [call.attempts[2], 3, call.id, null],
      ]);
      const outcomes = [[4, accepted] as const, [2, rejected] as const, [3, null] as const];
      await ledger().closeCall(ending(arrival, call, outcomes));
      expect(await given.states(ledger(), arrival)).toEqual({ 2: 'rejected', 3: 'pending', 4: 'accepted' });
      expect((await given.current(ledger(), arrival)).counts).toMatchObject({ accepted: 1, rejected: 1 });
      const again = await staged(ledger(), 'b.csv', [row(2, 'A')]);
      expect(await given.states(ledger(), again)).toEqual({ 2: 'pending' });
    });

    it('closes as a whole or not at all', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const call = await ledger().openCall(opening(arrival, [2, 3]));
      const failed = { code: 'LEDGER_FAILED' };
      await expect(ledger().closeCall(ending(arrival, call, [[2, accepted]]))).rejects.toMatchObject(failed);
      expect(await given.states(ledger(), arrival)).toMatchObject({ 2: 'pending' });
      const both = [[2, accepted] as const, [3, accepted] as const];
      await ledger().closeCall(ending(arrival, call, both));
      await expect(ledger().closeCall(ending(arrival, call, both))).rejects.toMatchObject(failed);
      await expect(ledger().openCall(opening(arrival, [4, 99]))).rejects.toMatchObject(failed);
      expect(await ledger().attempts(arrival.id, 4)).toEqual([]);
    });

    it('leaves each of its rows in doubt while it is open, and one that the answer left out afterwards', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const call = await ledger().openCall(opening(arrival, [2, 3]));
      const state = { id: call.id, code: null, job: null, until: null };
      expect(await ledger().pendingRows(arrival, 0, 2)).toMatchObject([
        { inDoubt: { request: { line: 2 }, givenUpAt: null, call: state }, leftOut: false },
        { inDoubt: { request: { line: 3 }, givenUpAt: null, call: state }, leftOut: false },
      ]);
      await ledger().closeCall(
        ending(arrival, call, [
          [2, accepted],
          [3, null],
        ]),
      );
      expect(await ledger().pendingRows(arrival, 0, 10)).toMatchObject([
        { line: 3, inDoubt: { givenUpAt: 50 }, leftOut: true, wasInDoubt: true },
        { line: 4, inDoubt: null, leftOut: false },
      ]);
    });

    it('can be neither opened nor closed by an older owner', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const call = await ledger().openCall(opening(arrival, [2]));
      const second = await store().open();
      const taken = await given.takenOver(second);
      const stale = { code: 'LEDGER_STALE' };
      await expect(ledger().openCall(opening(arrival, [3]))).rejects.toMatchObject(stale);
      await expect(ledger().closeCall(ending(arrival, call, [[2, accepted]]))).rejects.toMatchObject(stale);
      await expect(ledger().callQueued(arrival, call.id, { job: '7', until: 90 }, 45)).rejects.toMatchObject(
        stale,
      );
      await expect(ledger().callRows(arrival, call.id)).rejects.toMatchObject(stale);
      await second.closeCall(ending(taken, call, [[2, accepted]]));
      await second.close();
    });
  });

  describe('a call that is queued', () => {
    it('is remembered with its job and its rows until it is closed', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const call = await ledger().openCall(opening(arrival, [3, 2], 'code-1'));
      expect(await ledger().queuedCalls(arrival.id)).toEqual([]);
      await ledger().callQueued(arrival, call.id, { job: '7', until: 90 }, 45);
      expect(await ledger().queuedCalls(arrival.id)).toEqual([
        {
          ...{ id: call.id, arrival: arrival.id, operation: 'Contract/create', code: 'code-1' },
          ...{ job: '7', until: 90, queuedAt: 45, rows: 2 },
        },
      ]);
      const [pending] = await ledger().pendingRows(arrival, 0, 1);
      expect(pending?.inDoubt?.call).toEqual({ id: call.id, code: 'code-1', job: '7', until: 90 });
      const sent = { action: 'New Sales', lines: [], leftOut: false };
      expect(await ledger().callRows(arrival, call.id)).toEqual([
        { ...sent, line: 3, orderKey: 'B', attempt: call.attempts[0], request: { line: 3 } },
        { ...sent, line: 2, orderKey: 'A', attempt: call.attempts[1], request: { line: 2 } },
      ]);
      await ledger().closeCall(
        ending(arrival, call, [
          [3, accepted],
          [2, parked],
        ]),
      );
      expect(await ledger().queuedCalls(arrival.id)).toEqual([]);
      expect(await ledger().callRows(arrival, call.id)).toEqual([]);
    });

    it('is noted once', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const call = await ledger().openCall(opening(arrival, [2]));
      await ledger().callQueued(arrival, call.id, { job: '7', until: 90 }, 45);
      await expect(ledger().callQueued(arrival, call.id, { job: '8', until: 99 }, 46)).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
    });

    it('tells of a row that an earlier answer left out, unless a person has settled that', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      const first = await ledger().openCall(opening(arrival, [2]));
      await ledger().closeCall(ending(arrival, first, [[2, null]]));
      const second = await ledger().openCall(opening(arrival, [2]));
      expect(await ledger().callRows(arrival, second.id)).toMatchObject([{ line: 2, leftOut: true }]);
    });

    it('has a code that no other call has', async () => {
      const arrival = await staged(ledger(), 'a.csv', three);
      await ledger().openCall(opening(arrival, [2], 'code-1'));
      await expect(ledger().openCall(opening(arrival, [3], 'code-1'))).rejects.toMatchObject({
        code: 'LEDGER_FAILED',
      });
    });
  });

  describe('a result that is told', () => {
    const quiet = () => null;
    const first = (fate: CallbackFate) => ({ fate, repeated: false });
    const again = (fate: CallbackFate) => ({ fate, repeated: true });
    const told = (code: string, body = '{"ok":true}', target = 'servify') => ({
      ...{ target, code, sha256: `sha-${body}`, body, at: 60 },
    });
    const queued = async (code: string): Promise<[Arrival, OpenedCall]> => {
      const arrival = await staged(ledger(), 'a.csv', three);
      return [arrival, await ledger().openCall(opening(arrival, [2], code))];
    };

    it('is kept with the call that it names, also before that was noted as queued', async () => {
      const [arrival, call] = await queued('code-1');
      expect(await ledger().toldResult(call.id)).toBeNull();
      expect(await ledger().keepCallback(told('code-1'), quiet)).toEqual(first('result'));
      expect(await ledger().toldResult(call.id)).toEqual({ body: '{"ok":true}', at: 60 });
      expect(await ledger().callbacks(arrival.id, 2)).toEqual([
        {
          ...{ id: expect.any(Number), target: 'servify', code: 'code-1', fate: 'result' },
          ...{ body: '{"ok":true}', sha256: 'sha-{"ok":true}', receivedAt: 60 },
        },
      ]);
      expect(await ledger().callbacks(arrival.id, 3)).toEqual([]);
    });

    it('counts once, and another one for the same call is kept beside it', async () => {
      const [arrival, call] = await queued('code-1');
      await ledger().keepCallback(told('code-1'), quiet);
      expect(await ledger().keepCallback(told('code-1'), quiet)).toEqual(again('result'));
      const another = told('code-1', '{"ok":false}');
      expect(await ledger().keepCallback(another, quiet)).toEqual(first('other'));
      expect(await ledger().keepCallback(another, quiet)).toEqual(again('other'));
      expect(await ledger().toldResult(call.id)).toMatchObject({ body: '{"ok":true}' });
      const kept = await ledger().callbacks(arrival.id, 2);
      expect(kept.map(({ fate }) => fate)).toEqual(['result', 'other']);
    });

    it('is late when the call was given up, which cannot be once it was told', async () => {
      const [arrival, call] = await queued('code-1');
      const end = ending(arrival, call, [[2, parked]]);
      expect(await ledger().giveUpCall(end)).toBe(true);
      expect(await given.states(ledger(), arrival)).toMatchObject({ 2: 'parked' });
      expect(await ledger().keepCallback(told('code-1'), quiet)).toEqual(first('late'));
      expect(await ledger().toldResult(call.id)).toBeNull();

      const next = await ledger().openCall(opening(arrival, [3], 'code-2'));
      await ledger().keepCallback(told('code-2'), quiet);
      expect(await ledger().giveUpCall(ending(arrival, next, [[3, parked]]))).toBe(false);
      expect(await given.states(ledger(), arrival)).toMatchObject({ 3: 'pending' });
    });

    it('is unknown when no call of the target has its code', async () => {
      await queued('code-1');
      for (const callback of [told('code-9'), told(''), told('code-1', '{}', 'other')]) {
        expect(await ledger().keepCallback(callback, quiet)).toEqual(first('unknown'));
        expect(await ledger().keepCallback(callback, quiet)).toEqual(again('unknown'));
      }
    });

    it('is kept together with the notice that it gives rise to', async () => {
      const [arrival] = await queued('code-1');
      const notice = (id: number, fate: string, about: { arrival: number } | null) => ({
        ...{
          key: `callback:${id}`,
          cause: null,
          kind: 'callback' as const,
          partner: 'acme',
          feed: null,
          arrival: about?.arrival ?? null,
        },
        ...{ subject: fate, body: '' },
      });
      await ledger().keepCallback(told('code-1'), notice);
      await ledger().keepCallback(told('code-1'), notice);
      expect((await ledger().notices(arrival.id)).map(({ subject }) => subject)).toEqual(['result']);
      const broken = () => {
        throw new Error('no words');
      };
      await expect(ledger().keepCallback(told('code-1', '{"b":1}'), broken)).rejects.toThrow('no words');
      expect(await ledger().callbacks(arrival.id, 2)).toHaveLength(1);
    });
  });
}
