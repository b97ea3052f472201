import { afterEach, describe, expect, it, vi } from 'vitest';
import { callbackNotice } from '../../src/alerts/callback-notices.ts';
import { systemClock } from '../../src/base/clock.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { CallResult } from '../../src/connectors/port.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import type { TargetLimits } from '../../src/delivery/target.ts';
import type { Claim } from '../../src/ledger/port.ts';
import { type CallbackListener, listenForCallbacks } from '../../src/web/callbacks.ts';
import { type Rig as MyserveRig, startRig as startMyserve } from '../connectors/myserve-fixture.ts';
import { type Rig as ServifyRig, startRig as startServify } from '../connectors/servify-fixture.ts';
import { sale } from '../support/sales.ts';
import { limits } from './parts.ts';
import { type Cells, type SystemRig, startSystemRig, tally } from './system-rig.ts';

let rig: SystemRig;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rig.close();
});

/** Poll after poll, as a schedule would, until nothing waits any more. */
async function deliverAll(arrival: Claim): Promise<number> {
  for (let polls = 1; ; polls++) {
    try {
      await rig.deliver(arrival);
      return polls;
    } catch (error) {
      if (!(error instanceof TidegateError) || error.code !== 'CALL_QUEUED') throw error;
    }
  }
}

describe('a job that is asked for', () => {
  let system: MyserveRig;
  const id = 'Employees/synchronize';
  const calls = (): number => system.sandbox.calls.get(id) ?? 0;

  const start = async (
    jobMs: number | null,
    changes: Partial<TargetLimits> = {},
    mapping = 'myserve-employees',
  ): Promise<void> => {
    system = await startMyserve({}, { jobMs });
    closing.push(() => system.close());
    rig = await startSystemRig(system.connector, mapping, changes, (text) =>
      text.replace(/( +)operation: (.*)/, '$1operation: $2\n$1queued: true'),
    );
  };
  const employees = (count: number, more: Cells = {}): Cells[] =>
    Array.from({ length: count }, (_, n) => ({
      ...{ 'Employee Number': `A${n + 1}`, Name: 'Ada', 'GL Account': '44822', ...more },
    }));

  /** Jobs end at once; who asks is told so for these alone. */
  const startHeld = async (): Promise<(ended: (job: string) => boolean) => void> => {
    await start(0);
    let ended = (_job: string): boolean => false;
    rig.between = async (operation, call, request) => {
      const found = await call();
      const held = operation.kind === 'read' && !ended(String(request['job_id']));
      return held ? { ...found, accepted: true, code: 'performing' } : found;
    };
    return (now) => {
      ended = now;
    };
  };

  it('gives each of its rows a result of its own when it is done', async () => {
    await start(30);
    const rows = employees(1200).map((cells, n) =>
      n % 4 === 0 ? { ...cells, 'Manager Number': 'B0000' } : cells,
    );
    const arrival = await rig.stage(rows);
    await deliverAll(arrival);
    expect(calls()).toBe(3);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 900, 'rejected error': 300 });
    expect((await rig.attempts(arrival, 3))[0]?.request).toMatchObject({ async: true });
  }, 60_000);

  it('makes the file wait, and is not sent again by the next process, which finds its result', async () => {
    await start(400);
    const arrival = await rig.stage(employees(30));
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED', retry: 'later' });
    expect(tally(await rig.rows(arrival))).toEqual({ pending: 30 });
    const [queued] = await rig.ledger.queuedCalls(arrival.id);
    expect(queued).toMatchObject({ operation: id, job: '1', rows: 30, until: expect.any(Number) });

    const taken = await rig.takeOver();
    await deliverAll(taken);
    expect(calls()).toBe(1);
    expect(tally(await rig.rows(taken))).toEqual({ 'accepted created': 30 });
    expect(await rig.ledger.queuedCalls(arrival.id)).toEqual([]);
  });

  it('holds back later rows of its keys, until its result is there', async () => {
    await start(30);
    const arrival = await rig.stage([...employees(3), ...employees(3, { 'Job Title': 'Lead' })]);
    await deliverAll(arrival);
    expect(calls()).toBe(2);
    expect((await rig.rows(arrival)).map(({ code }) => code)).toEqual([
      ...['created', 'created', 'created'],
      ...['updated', 'updated', 'updated'],
    ]);
  });

  it('is counted once, however often its rows are read again behind a row that is passed over', async () => {
    const end = await startHeld();
    const [first = {}, second = {}] = employees(2);
    const arrival = await rig.stage([first, { ...first, 'Job Title': 'Lead' }, second]);
    const waits = { code: 'CALL_QUEUED', message: expect.stringContaining('2 row(s) in 1 call(s)') };
    await expect(rig.deliver(arrival)).rejects.toMatchObject(waits);
    expect(calls()).toBe(1);
    end(() => true);
    await deliverAll(arrival);
    expect(calls()).toBe(2);
    expect(rig.told).toBe(3);
  }, 60_000);

  it('keeps the rest of a large file from being queued, until enough of it is done', async () => {
    const end = await startHeld();
    const arrival = await rig.stage(employees(15_000));
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    const queued = calls();
    expect(queued).toBeGreaterThanOrEqual(20);
    expect(queued).toBeLessThan(27);
    end((job) => job === '1');
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    expect(calls()).toBeLessThanOrEqual(queued + 2);
    end(() => true);
    await deliverAll(arrival);
    expect(calls()).toBe(30);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 15_000 });
  }, 120_000);

  it('that never ends is parked at its deadline, row by row, with what is known of it', async () => {
    await start(null, { queued: { everyMs: 10, waitMs: 500, deadlineMs: 100 } });
    const arrival = await rig.stage(employees(3));
    await rig.deliver(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'parked PARKED': 3 });
    const [row] = await rig.rows(arrival);
    expect(row?.message).toContain('job 1 of Employees/synchronize had no result by');
    expect(await rig.attempts(arrival, 2)).toMatchObject([{ outcome: 'in-doubt', request: { async: true } }]);
    expect(calls()).toBe(1);
  });

  it('that the target has forgotten is sent again where that is safe', async () => {
    await start(null);
    const arrival = await rig.stage(employees(3));
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    let forgotten = true;
    rig.between = async (operation, call) => {
      if (!operation.id.endsWith('Status') || !forgotten) return call();
      forgotten = false;
      return { accepted: false, status: 200, code: '404', message: 'Not Found', ticket: null, answer: null };
    };
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    expect(calls()).toBe(2);
    expect(tally(await rig.rows(arrival))).toEqual({ pending: 3 });
  });

  it('whose answer was lost is sent again where that is safe, like any other', async () => {
    await start(30);
    system.sandbox.faults.next(id, { kind: 'drop-after' });
    const arrival = await rig.stage(employees(3));
    await deliverAll(arrival);
    expect(calls()).toBe(2);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted updated': 3 });
  });

  it('waits while the target cannot be asked, and loses nothing', async () => {
    await start(30);
    const arrival = await rig.stage(employees(3));
    rig.between = async (operation, call) => {
      if (operation.kind === 'read')
        throw new TidegateError('TARGET_DOWN', 'no connection', { retry: 'later' });
      return call();
    };
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'TARGET_DOWN' });
    rig.between = (_operation, call) => call();
    await deliverAll(arrival);
    expect(calls()).toBe(1);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 3 });
  });

  it('of people is followed to its end as well', async () => {
    await start(30, {}, 'myserve-sim-changes');
    const change = { 'Device Number': '7805550101', 'New SIM': '8912230000001234567' };
    const arrival = await rig.stage([change]);
    await deliverAll(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted completed': 1 });
    expect(system.sandbox.calls.get('SimCardChanges/create')).toBe(1);
  });
});

describe('a result that is told to us', () => {
  const id = 'Async/Contract/createContract';
  const secret = 'told-by-servify';
  let system: ServifyRig;
  let listener: CallbackListener;
  /** Fates of what came. */
  const came: string[] = [];

  const start = async (changes: Partial<TargetLimits> = {}, queueMs = 30): Promise<void> => {
    came.length = 0;
    const asynchronous = [...servifyOperations.values()].flatMap(({ async }) =>
      async?.mode === 'callback' ? [async] : [],
    );
    listener = await listenForCallbacks(
      {
        ...{ host: '127.0.0.1', port: 0, tls: null, maxBytes: 10_000, deadlineMs: 5000 },
        callers: [
          {
            ...{ target: 'servify', path: '/told' },
            results: {
              proof: { kind: 'header', name: 'x-key', value: secret },
              codeOf: (body) => asynchronous[0]?.codeOf(body) ?? null,
            },
          },
        ],
      },
      {
        ledger: { keepCallback: (...kept) => rig.ledger.keepCallback(...kept) },
        ...{ clock: systemClock, demandRoom: () => undefined, notice: callbackNotice },
        report: (event) => void came.push(event.kind === 'kept' && !event.repeated ? event.fate : event.kind),
      },
    );
    closing.push(() => listener.close());
    const url = `http://127.0.0.1:${listener.port}/told`;
    system = await startServify({}, { queueMs, callback: { url, headers: { 'x-key': secret } } });
    closing.push(() => system.close());
    rig = await startSystemRig(system.connector, 'contract-sale', changes, (text) =>
      text.replace('operation: Contract/createContract', `operation: ${id}`),
    );
  };
  const calls = (): number => system.sandbox.calls.get(id) ?? 0;
  const effects = (): number[] =>
    [...system.sandbox.effects].flatMap(([name, count]) => (name.includes('create') ? [count] : []));
  /** As Servify would, for a code that is in the ledger. */
  const tell = async (code: string, more: Record<string, unknown> = { soldPlanCode: 'SP1' }, key = secret) =>
    fetch(`http://127.0.0.1:${listener.port}/told`, {
      method: 'POST',
      headers: { 'x-key': key },
      body: JSON.stringify({ requestCode: code, ...more }),
    });
  const codeOf = async (arrival: Claim): Promise<string> =>
    (await rig.ledger.queuedCalls(arrival.id))[0]?.code ?? '';

  it('settles its row, with the contract’s code in the acknowledgement', async () => {
    await start();
    const arrival = await rig.stage([sale(1), sale(2)]);
    await deliverAll(arrival);
    const rows = await rig.rows(arrival);
    expect(tally(rows)).toEqual({ accepted: 2 });
    expect(rows[0]?.cells).toMatchObject({ 'Created Sold Plan Code': expect.stringMatching(/./) });
    expect(effects()).toEqual([1, 1]);
    expect(came).toEqual(['result', 'result']);
  });

  it('and is a refusal rejects it', async () => {
    await start({}, 100_000);
    const arrival = await rig.stage([sale(1)]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    const refusal = { success: false, errorCode: 'DATA.BAD_REQUEST.400', message: 'no' };
    expect((await tell(await codeOf(arrival), refusal)).status).toBe(200);
    await rig.deliver(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'rejected DATA.BAD_REQUEST.400': 1 });
  });

  it('between two processes is found by the next one, which sends nothing again', async () => {
    await start({}, 100_000);
    const arrival = await rig.stage([sale(1)]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    await tell(await codeOf(arrival));
    const taken = await rig.takeOver();
    await rig.deliver(taken);
    expect(calls()).toBe(1);
    expect(tally(await rig.rows(taken))).toEqual({ accepted: 1 });
  });

  it('twice counts once; another one for the same call is kept and told to people', async () => {
    await start();
    const arrival = await rig.stage([sale(1)]);
    system.sandbox.failCallback('twice');
    await deliverAll(arrival);
    await vi.waitFor(() => expect(came.toSorted()).toEqual(['kept', 'result']));
    const [{ code = '' } = {}] = await rig.ledger.callbacks(arrival.id, 2);
    expect((await tell(code, { soldPlanCode: 'OTHER' })).status).toBe(200);
    expect(came.at(-1)).toBe('other');
    expect((await rig.rows(arrival))[0]?.cells).not.toMatchObject({ 'Created Sold Plan Code': 'OTHER' });
    expect(await rig.ledger.notices(arrival.id)).toMatchObject([
      { kind: 'callback', subject: expect.stringContaining('second, different result') },
    ]);
  });

  it('before the call itself was answered finds its call', async () => {
    await start({}, 0);
    const arrival = await rig.stage([sale(1)]);
    rig.between = async (operation, call) => {
      const result = await call();
      if (operation.id === id) await vi.waitFor(() => expect(came).toEqual(['result']), 5000);
      return result;
    };
    await deliverAll(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ accepted: 1 });
  });

  it('settles a row whose call lost its answer, and nothing is sent again', async () => {
    await start();
    system.sandbox.faults.next(id, { kind: 'drop-after' });
    const arrival = await rig.stage([sale(1)]);
    await deliverAll(arrival);
    expect(calls()).toBe(1);
    expect(tally(await rig.rows(arrival))).toEqual({ accepted: 1 });
  });

  it('settles a row whose process was killed before the call was answered', async () => {
    await start({}, 100_000);
    const arrival = await rig.stage([sale(1)]);
    const killed = Promise.withResolvers<void>();
    rig.between = async (operation, call) => {
      const result = await call();
      if (operation.id !== id) return result;
      killed.resolve();
      return new Promise<CallResult>(() => undefined);
    };
    void rig.deliver(arrival).catch(() => undefined);
    await killed.promise;
    rig.between = (_operation, call) => call();
    const taken = await rig.takeOver();
    const [sent] = await rig.attempts(taken, 2);
    await tell(String(sent?.request['request-code']));
    await deliverAll(taken);
    expect(calls()).toBe(1);
    expect(tally(await rig.rows(taken))).toEqual({ accepted: 1 });
  });

  it('never, of a sale, is looked up at the deadline', async () => {
    await start({ queued: { everyMs: 10, waitMs: 2000, deadlineMs: 300 } });
    const arrival = await rig.stage([sale(1)]);
    system.sandbox.failCallback('never');
    await rig.deliver(arrival);
    const [row] = await rig.rows(arrival);
    expect(row).toMatchObject({ state: 'accepted', message: expect.stringContaining('getContractInfo') });
    expect(calls()).toBe(1);
  });

  it('late is kept with the parked row, and told to people', async () => {
    await start({ queued: { everyMs: 10, waitMs: 2000, deadlineMs: 100 } }, 100_000);
    const arrival = await rig.stage([sale(1)]);
    await rig.deliver(arrival);
    const [row] = await rig.rows(arrival);
    expect(row).toMatchObject({ state: 'parked', message: expect.stringContaining('queue') });
    const sent = (await rig.attempts(arrival, 2)).find(({ purpose }) => purpose === 'write');
    expect((await tell(String(sent?.request['request-code']))).status).toBe(200);
    expect(came).toEqual(['late']);
    expect(await rig.ledger.callbacks(arrival.id, 2)).toMatchObject([
      { fate: 'late', body: expect.stringContaining('SP1') },
    ]);
    expect(await rig.ledger.notices(arrival.id)).toMatchObject([
      { subject: expect.stringContaining('after its deadline') },
    ]);
    expect(tally(await rig.rows(arrival))).toEqual({ 'parked PARKED': 1 });
  });

  it('that does not say how it ended is looked up like a lost one', async () => {
    await start({}, 100_000);
    const arrival = await rig.stage([sale(1)]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    await tell(await codeOf(arrival), { state: 'fine' });
    await rig.deliver(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'parked PARKED': 1 });
    expect(await rig.ledger.callbacks(arrival.id, 2)).toHaveLength(1);
  });

  it('by somebody else, or about a call that is not ours, changes nothing', async () => {
    await start({}, 100_000);
    const arrival = await rig.stage([sale(1)]);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    expect((await tell(await codeOf(arrival), { soldPlanCode: 'X' }, 'guessed')).status).toBe(401);
    expect((await tell('no-such-code')).status).toBe(404);
    expect(came).toEqual(['refused', 'unknown']);
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_QUEUED' });
    expect(tally(await rig.rows(arrival))).toEqual({ pending: 1 });
  });

  it('is asked for once per try: a call that surely did not happen goes again with a code of its own', async () => {
    await start();
    system.sandbox.faults.next(id, { kind: 'throttle', retryAfter: '0' });
    const arrival = await rig.stage([sale(1)]);
    await deliverAll(arrival);
    const codes = (await rig.attempts(arrival, 2)).map(({ request }) => request['request-code']);
    expect(new Set(codes).size).toBe(2);
    expect(tally(await rig.rows(arrival))).toEqual({ accepted: 1 });
    expect(limits.retry.attempts).toBeGreaterThan(1);
  });
});
