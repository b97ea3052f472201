import { afterEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import type { Ledger } from '../../src/ledger/port.ts';
import { failed, lost, type Rig, refused, said, startRig, unfit, unreachable } from './parts.ts';

let rig: Rig;
afterEach(() => rig.close());

const states = async (arrival: Parameters<Rig['rows']>[0]) =>
  (await rig.rows(arrival)).map(({ state }) => state);
const made = () => rig.calls.filter(({ operation }) => operation === 'make');

describe('a call', () => {
  it('is in the ledger before it leaves, and closed after', async () => {
    rig = await startRig();
    const arrival = await rig.stage([{ line: 2 }]);
    rig.during = async () => {
      expect(await rig.ledger.attempts(arrival.id)).toMatchObject([{ outcome: null, request: { id: 'R2' } }]);
    };
    await rig.deliver(arrival);
    expect(await rig.ledger.attempts(arrival.id)).toMatchObject([{ outcome: 'accepted' }]);
    expect.assertions(2);
  });

  it('that surely did not happen is tried again with back-off, each try an attempt of its own', async () => {
    rig = await startRig();
    rig.replies.set('make', [unreachable, unreachable, said(true)]);
    const arrival = await rig.stage([{ line: 2 }]);
    await rig.deliver(arrival);
    expect((await rig.ledger.attempts(arrival.id)).map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
      'accepted',
    ]);
    expect(rig.clock.slept).toHaveLength(2);
    expect(rig.clock.slept[1]).toBeGreaterThan(0);
  });

  it('makes the row wait, untouched, when the tries are used up', async () => {
    rig = await startRig();
    rig.replies.set('make', [unreachable]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    expect(made()).toHaveLength(3);
    expect(await states(arrival)).toEqual(['pending']);
  });

  it('that was answered is never sent again because the ledger could not take the answer down', async () => {
    rig = await startRig({ mode: 'never', because: 'no key' });
    const arrival = await rig.stage([{ line: 2 }]);
    const close = rig.ledger.closeAttempt.bind(rig.ledger);
    let broken = true;
    const ledger = rig.ledger as { -readonly [Key in keyof Ledger]: Ledger[Key] };
    ledger.closeAttempt = async (end) => {
      if (broken) throw new TidegateError('LEDGER_FAILED', 'disk full', { retry: 'later' });
      return close(end);
    };
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
    broken = false;
    await rig.deliver(arrival);
    expect(made()).toHaveLength(1);
    expect(await states(arrival)).toEqual(['parked']);
  });

  it('that its operation cannot take is rejected without being sent, and says nothing about the target', async () => {
    rig = await startRig(undefined, { breaker: { failures: 2, pauseMs: 1000 } });
    rig.replies.set('make', [unfit]);
    const arrival = await rig.stage([{ line: 2 }, { line: 3 }, { line: 4 }]);
    await rig.deliver(arrival);
    expect(await states(arrival)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(rig.target.isPaused()).toBe(false);
  });
});

describe('a call whose answer was lost', () => {
  it('is parked when it may be sent again but suddenly cannot: it may have happened', async () => {
    rig = await startRig({ mode: 'safe' });
    rig.replies.set('make', [lost, unreachable]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    rig.replies.set('make', [unfit]);
    await rig.deliver(arrival);
    expect(await states(arrival)).toEqual(['parked']);
  });

  it('is looked up only after the quiet period, counted from when it was given up', async () => {
    rig = await startRig();
    rig.replies.set('make', [lost, said(true)]);
    rig.replies.set('find', [said(false)]);
    rig.during = ({ operation }) => {
      if (operation === 'make') rig.clock.pass(4000); // the call took as long before it was given up
    };
    const arrival = await rig.stage([{ line: 2 }]);
    await rig.deliver(arrival);
    const [first, lookup] = rig.calls;
    expect(lookup?.operation).toBe('find');
    expect((lookup?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(4000 + 5000);
    expect(await states(arrival)).toEqual(['accepted']);
  });

  it('of a process that ended is looked up a whole quiet period after the next one began', async () => {
    rig = await startRig();
    const arrival = await rig.stage([{ line: 2 }]);
    const now = rig.clock.now();
    await rig.ledger.openAttempt({
      claim: arrival,
      line: 2,
      operation: 'make',
      purpose: 'write',
      request: { id: 'R2' },
      at: now,
    });
    rig.clock.pass(4999);
    await rig.deliver(arrival);
    expect(rig.calls.map(({ operation }) => operation)).toEqual(['find']);
    expect(rig.clock.slept).toEqual([5000]);
  });

  it('is sent again as it was where that is safe', async () => {
    rig = await startRig({ mode: 'safe' });
    rig.replies.set('make', [lost, said(true)]);
    const arrival = await rig.stage([{ line: 2 }]);
    await rig.deliver(arrival);
    expect(rig.calls.map(({ operation }) => operation)).toEqual(['make', 'make']);
  });

  it('is parked when the read does not tell, or can never be asked', async () => {
    rig = await startRig();
    rig.replies.set('make', [lost]);
    rig.replies.set('find', [unfit]);
    const arrival = await rig.stage([{ line: 2 }]);
    await rig.deliver(arrival);
    expect(await rig.rows(arrival)).toMatchObject([
      { state: 'parked', message: expect.stringContaining('cannot be asked') },
    ]);
  });

  it('stays in doubt while the read fails, and is never sent again for that', async () => {
    rig = await startRig();
    rig.replies.set('make', [lost]);
    rig.replies.set('find', [failed]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_FAILED' });
    expect(made()).toHaveLength(1);
    rig.replies.set('find', [said(true)]);
    await rig.deliver(arrival);
    expect(made()).toHaveLength(1);
    expect(await states(arrival)).toEqual(['accepted']);
  });
});

describe('a read that goes first', () => {
  it('rejects the row alone when only it gets no answer: nothing was sent, so it may come again', async () => {
    rig = await startRig(undefined, {}, true);
    rig.replies.set('find', [failed]);
    const arrival = await rig.stage([{ line: 2 }]);
    await rig.deliver(arrival);
    expect(await rig.rows(arrival)).toMatchObject([{ state: 'rejected', code: 'READ_FAILED' }]);
    expect(made()).toEqual([]);
    expect(await rig.ledger.attempts(arrival.id)).toMatchObject([
      { purpose: 'read', operation: 'find', outcome: 'failed', code: 'CALL_FAILED' },
    ]);
  });

  it('makes the file wait when the target is the trouble', async () => {
    rig = await startRig(undefined, { breaker: { failures: 3, pauseMs: 1000 } }, true);
    rig.replies.set('find', [failed]);
    const arrival = await rig.stage([{ line: 2 }, { line: 3 }]);
    await expect(rig.deliver(arrival)).rejects.toBeInstanceOf(TidegateError);
    expect(await states(arrival)).toEqual(['pending', 'pending']);
  });
});

describe('limits of the target', () => {
  it('are kept: never more calls at once than agreed', async () => {
    rig = await startRig(undefined, { concurrency: 3 });
    let [now, most] = [0, 0];
    rig.during = async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
    };
    const arrival = await rig.stage(Array.from({ length: 40 }, (_, i) => ({ line: i + 2 })));
    await rig.deliver(arrival);
    expect(most).toBe(3);
    expect(rig.calls).toHaveLength(40);
  });

  it('a rest it asks for holds for everybody, as long as a retry may wait', async () => {
    rig = await startRig(undefined, { concurrency: 1 });
    rig.replies.set('make', [
      new TidegateError('CALL_THROTTLED', 'slow', { retry: 'later', retryAfterMs: 700 }),
      said(true),
    ]);
    const arrival = await rig.stage([{ line: 2 }, { line: 3 }]);
    await rig.deliver(arrival);
    const [first, ...others] = made();
    expect(others).toHaveLength(2);
    for (const call of others) expect(call.at - (first?.at ?? 0)).toBeGreaterThanOrEqual(700);
  });

  it('a longer rest makes the file wait, and no call is made before its end', async () => {
    rig = await startRig();
    const rest = 40 * 24 * 3600 * 1000;
    rig.replies.set('make', [
      new TidegateError('CALL_THROTTLED', 'slow', { retry: 'later', retryAfterMs: rest }),
      said(true),
    ]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_THROTTLED' });
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    expect(made()).toHaveLength(1);
    rig.clock.pass(rest);
    await rig.deliver(arrival);
    expect(await states(arrival)).toEqual(['accepted']);
  });

  it('refused credentials stop the file at once, without a retry', async () => {
    rig = await startRig();
    rig.replies.set('make', [refused]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_REFUSES' });
    expect(made()).toHaveLength(1);
  });

  it('too many failures in a row hold all calls back for a while', async () => {
    rig = await startRig(undefined, { breaker: { failures: 2, pauseMs: 60_000 } });
    rig.replies.set('make', [unreachable]);
    const arrival = await rig.stage([{ line: 2 }]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    expect(made()).toHaveLength(2);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    expect(made()).toHaveLength(2);
    expect(rig.target.isPaused()).toBe(true);
  });
});

describe('order', () => {
  it('is kept within a key, and a row behind a parked one is rejected unsent', async () => {
    rig = await startRig({ mode: 'never', because: 'no key' });
    rig.replies.set('make', [said(true), lost, said(true)]);
    const arrival = await rig.stage([
      { line: 2, key: 'A' },
      { line: 3, key: 'A' },
      { line: 4, key: 'A' },
    ]);
    await rig.deliver(arrival);
    expect((await rig.rows(arrival)).map(({ state, code }) => [state, code])).toEqual([
      ['accepted', ''],
      ['parked', 'PARKED'],
      ['rejected', 'BEHIND_PARKED'],
    ]);
    expect(made().map(({ request }) => request['id'])).toEqual(['R2', 'R3']);
  });

  it('never calls a row unsent whose own call is in doubt, also behind a parked one', async () => {
    rig = await startRig();
    rig.replies.set('find', [said(true), said(false)]);
    const arrival = await rig.stage([
      { line: 2, key: 'A' },
      { line: 3, key: 'A' },
      { line: 4, key: 'A' },
    ]);
    const outcome = { state: 'parked', code: 'PARKED', message: '', cells: {} } as const;
    await rig.ledger.settleRow(arrival, 2, outcome, rig.clock.now());
    for (const line of [3, 4]) {
      const sent = { operation: 'make', purpose: 'write', request: { id: `R${line}` } } as const;
      await rig.ledger.openAttempt({ claim: arrival, line, ...sent, at: rig.clock.now() });
    }
    await rig.deliver(arrival);
    // The read shows that the first was done and the second was not: that one must not overtake now.
    expect(await states(arrival)).toEqual(['parked', 'accepted', 'rejected']);
    expect(made()).toEqual([]);
  });

  it('holds for many rows of one key among others', async () => {
    rig = await startRig();
    const lines = Array.from({ length: 60 }, (_, i) => ({ line: i + 2, key: i % 3 === 0 ? 'A' : `B${i}` }));
    const arrival = await rig.stage(lines);
    rig.during = () => new Promise<void>((resolve) => setImmediate(resolve));
    await rig.deliver(arrival);
    const ofA = made()
      .map(({ request }) => Number(String(request['id']).slice(1)))
      .filter((line) => (line - 2) % 3 === 0);
    expect(ofA).toEqual(ofA.toSorted((a, b) => a - b));
  });
});

describe('stopping', () => {
  it('lets what has left come back, begins nothing new and parks nothing', async () => {
    rig = await startRig(
      undefined,
      { concurrency: 1, retry: { attempts: 1, firstMs: 10, mostMs: 1000 } },
      true,
    );
    const stop = new AbortController();
    rig.during = ({ operation }) => {
      if (operation === 'make') stop.abort(new TidegateError('STOPPED', 'stop', { retry: 'later' }));
    };
    const arrival = await rig.stage([{ line: 2 }, { line: 3 }, { line: 4 }]);
    await expect(rig.deliver(arrival, stop.signal)).rejects.toMatchObject({ code: 'STOPPED' });
    expect(made()).toHaveLength(1);
    expect((await states(arrival)).toSorted()).toEqual(['accepted', 'pending', 'pending']);
    rig.during = () => undefined;
    await rig.deliver(arrival);
    expect(made()).toHaveLength(3);
  });

  it('after a failure of the ledger leaves nothing under way', async () => {
    rig = await startRig();
    const arrival = await rig.stage(Array.from({ length: 20 }, (_, i) => ({ line: i + 2 })));
    const ledger = rig.ledger as { -readonly [Key in keyof Ledger]: Ledger[Key] };
    const pendingRows = ledger.pendingRows.bind(rig.ledger);
    ledger.pendingRows = async (claim, after, limit) => {
      if (after > 0) throw new TidegateError('LEDGER_FAILED', 'gone', { retry: 'later' });
      return pendingRows(claim, after, limit);
    };
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
    const calls = rig.calls.length;
    await new Promise(setImmediate);
    expect(rig.calls).toHaveLength(calls);
    ledger.pendingRows = pendingRows;
  });
});
