import { afterEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { isObject, type Json } from '../../src/base/json.ts';
import type { CallResult } from '../../src/connectors/port.ts';
import type { TargetLimits } from '../../src/delivery/target.ts';
import { type Rig, startRig as startMyserve } from '../connectors/myserve-fixture.ts';
import { startRig as startServify } from '../connectors/servify-fixture.ts';
import { limits } from './parts.ts';
import { type Cells, type SystemRig, startSystemRig, tally } from './system-rig.ts';

const id = 'Employees/synchronize';

let rig: SystemRig;
let system: Rig;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await rig.close();
  for (const close of closing.splice(0)) await close();
});

async function start(changes: Partial<TargetLimits> = {}, mapping = 'myserve-employees'): Promise<void> {
  system = await startMyserve();
  closing.push(() => system.close());
  rig = await startSystemRig(system.connector, mapping, changes);
}

const employee = (number: number | string, more: Cells = {}): Cells => ({
  ...{ 'Employee Number': `A${number}`, Name: `Person ${number}`, 'GL Account': '44822', ...more },
});
const employees = (count: number): Cells[] => Array.from({ length: count }, (_, n) => employee(n + 1));
/** Their manager ends in 0000, which the simulator does not know. */
const unmanageable: Cells = { 'Manager Number': 'B0000' };

const calls = (): number => system.sandbox.calls.get(id) ?? 0;

/** Leaves a row out of the answer. */
function without(answer: Json, key: string): Json {
  if (!isObject(answer) || !isObject(answer['results'])) return answer;
  const { [key]: _left, ...results } = answer['results'];
  return { ...answer, results };
}

describe('a file of rows that may share calls', () => {
  it('of 10,000 is done in as few calls as the limit allows, with a result for each', async () => {
    await start({ batch: { rows: 500, bytes: 10_000_000 } });
    const rows = employees(10_000).map((cells, n) => (n % 10 === 0 ? { ...cells, ...unmanageable } : cells));
    const arrival = await rig.stage(rows);
    await rig.deliver(arrival);
    expect(calls()).toBe(20);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 9000, 'rejected error': 1000 });
    expect(system.sandbox.effects.size).toBe(9000);
    const [first, second] = await rig.rows(arrival);
    expect(first).toMatchObject({ line: 2, message: "This manager doesn't exist on this customer" });
    expect(second).toMatchObject({ cells: { 'Status Code': 'created' } });
  }, 180_000);

  it('goes in calls no larger than agreed, by rows and by bytes', async () => {
    await start({ batch: { rows: 40, bytes: 1000 } });
    const arrival = await rig.stage(employees(100));
    const sizes: number[] = [];
    rig.between = async (_operation, call) => {
      sizes.push((await rig.attempts(arrival)).length);
      return call();
    };
    await rig.deliver(arrival);
    const bytes = Buffer.byteLength(JSON.stringify((await rig.attempts(arrival, 2))[0]?.request));
    expect(calls()).toBeGreaterThanOrEqual(Math.ceil((100 * (bytes - 20)) / 1000));
    expect(calls()).toBeLessThan(30);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 100 });
  });

  it('has all attempts of a call in the ledger before it leaves, each with its own request', async () => {
    await start();
    const arrival = await rig.stage(employees(3));
    rig.between = async (_operation, call) => {
      const open = await rig.attempts(arrival);
      expect(open.map(({ line, outcome }) => [line, outcome])).toEqual([
        [2, null],
        [3, null],
        [4, null],
      ]);
      expect(new Set(open.map((attempt) => attempt.call)).size).toBe(1);
      expect(open[1]?.request).toMatchObject({ data: [{ number: 'A2' }] });
      return call();
    };
    await rig.deliver(arrival);
    expect.assertions(3);
  });

  it('sends rows of one key one after the other, in file order, and one call for all firsts', async () => {
    await start();
    const twice = employees(20).flatMap((cells) => [cells, { ...cells, 'Job Title': 'Lead' }]);
    const arrival = await rig.stage(twice);
    await rig.deliver(arrival);
    expect(calls()).toBe(2);
    expect((await rig.rows(arrival)).map(({ code }) => code)).toEqual(
      Array.from({ length: 20 }, () => ['created', 'updated']).flat(),
    );
    expect(system.sandbox.records('Employees').get('A7')).toMatchObject({ job_title: 'Lead' });
  });

  it('sends rows that the answer would name alike in calls of their own', async () => {
    await start({}, 'myserve-categories');
    const category = (type: string) => ({ 'Accounting Type': type, Category: '44822' });
    const arrival = await rig.stage([category('GL Account'), category('Sub Account')]);
    await rig.deliver(arrival);
    expect(system.sandbox.calls.get('AccountingCategories/synchronize')).toBe(2);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 2 });
  });

  it('keeps file order among calls for many rows and calls for one', async () => {
    await start({}, 'myserve-devices');
    const device = (number: string, action: string, more: Cells = {}): Cells => ({
      ...{ 'Device Number': `780555010${number}`, 'Action Type': action, ...more },
    });
    const kept = { Username: 'Ada', 'Billing Account': '12345', 'Device Make': 'iPhone' };
    const arrival = await rig.stage([
      device('1', 'Suspend', { Rate: 'Full Rate' }),
      device('1', 'Keep', kept),
      device('2', 'Keep', kept),
      device('2', 'Cancel'),
      device('2', 'Keep', { Location: 'Store' }),
      device('3', 'Keep', kept),
    ]);
    const ended: number[] = [];
    const close = rig.ledger.closeCall;
    const closeOne = rig.ledger.closeAttempt;
    Object.assign(rig.ledger, {
      closeCall: (end: Parameters<typeof close>[0]) => {
        ended.push(...end.rows.map(({ line }) => line));
        return close(end);
      },
      closeAttempt: (end: Parameters<typeof closeOne>[0]) => {
        ended.push(end.line);
        return closeOne(end);
      },
    });
    await rig.deliver(arrival);
    expect(ended.filter((line) => line <= 3)).toEqual([2, 3]);
    expect(ended.filter((line) => line >= 4 && line <= 6)).toEqual([4, 5, 6]);
    expect(system.sandbox.calls.get('Devices/synchronize')).toBe(3);
  });
});

describe('a row that an answer leaves out', () => {
  it('is in doubt by itself, and sent again with others where that is safe', async () => {
    await start();
    let left = 1;
    rig.between = async (_operation, call) => {
      const result = await call();
      return left-- > 0 ? { ...result, answer: without(result.answer, 'A2') } : result;
    };
    const arrival = await rig.stage(employees(3));
    await rig.deliver(arrival);
    expect((await rig.rows(arrival)).map(({ code }) => code)).toEqual(['created', 'updated', 'created']);
    expect((await rig.attempts(arrival, 3)).map(({ outcome }) => outcome)).toEqual(['in-doubt', 'accepted']);
    expect(await rig.attempts(arrival, 2)).toHaveLength(1);
  });

  it('is parked when it is left out again, so that it does not hold up the file', async () => {
    await start();
    rig.between = async (_operation, call) => {
      const result = await call();
      return { ...result, answer: without(result.answer, 'A2') };
    };
    const arrival = await rig.stage(employees(3));
    await rig.deliver(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 2, 'parked PARKED': 1 });
    expect(calls()).toBe(2);
  });
});

describe('a call for many rows whose answer is lost', () => {
  it('goes again as a whole where that is safe, after the quiet period', async () => {
    await start();
    system.sandbox.faults.next(id, { kind: 'drop-after' });
    const arrival = await rig.stage(employees(30));
    await rig.deliver(arrival);
    expect(calls()).toBe(2);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted updated': 30 });
    const [first, second] = await rig.attempts(arrival, 2);
    expect((second?.openedAt ?? 0) - (first?.closedAt ?? 0)).toBeGreaterThanOrEqual(20);
  });

  it('makes the file wait when it is lost again and again', async () => {
    await start();
    system.sandbox.faults.next(id, { kind: 'drop-after' }, 100);
    const arrival = await rig.stage(employees(30));
    await expect(rig.deliver(arrival)).rejects.toMatchObject({ code: 'CALL_IN_DOUBT' });
    expect(calls()).toBe(limits.retry.attempts);
    expect(tally(await rig.rows(arrival))).toEqual({ pending: 30 });
  });

  it('of a process that was killed is in doubt for every row of it, and no row twice in flight', async () => {
    await start();
    const arrival = await rig.stage(employees(30));
    const gone = new AbortController();
    rig.between = async (_operation, call) => {
      await call();
      gone.abort(new Error('killed'));
      return new Promise<CallResult>(() => undefined);
    };
    void rig.deliver(arrival).catch(() => undefined);
    await new Promise((resolve) => gone.signal.addEventListener('abort', resolve));
    rig.between = (_operation, call) => call();
    const taken = await rig.takeOver();
    expect(tally(await rig.rows(taken))).toEqual({ pending: 30 });
    await rig.deliver(taken);
    expect(tally(await rig.rows(taken))).toEqual({ 'accepted updated': 30 });
    expect(calls()).toBe(2);
  });

  it('is parked row by row where it may not be repeated', async () => {
    const servify = await startServify();
    closing.push(() => servify.close());
    rig = await startSystemRig(servify.connector, 'servify-vouchers');
    const card = (n: number): Cells => ({
      ...{ 'Card Number': `3122433450${n}`, 'Card Series': 'SERIES01', 'Customer Name': 'Ada' },
      'Mobile Number': '9200000000',
    });
    const arrival = await rig.stage([card(1), card(2), card(3)]);
    servify.sandbox.faults.next('Voucher/captureVoucherSales', { kind: 'drop-after' });
    await rig.deliver(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'parked PARKED': 3 });
    expect([...servify.sandbox.effects.values()]).toEqual([1, 1, 1]);
  });
});

describe('a call for many rows that surely did not happen', () => {
  it('is tried again with the same rows, and makes them wait when the tries are used up', async () => {
    await start();
    system.sandbox.faults.next(id, { kind: 'throttle', retryAfter: '0' }, 2);
    const arrival = await rig.stage(employees(5));
    await rig.deliver(arrival);
    expect((await rig.attempts(arrival, 4)).map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
      'accepted',
    ]);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 5 });
  });

  it('because one row spoils it is taken apart, until that row alone is refused', async () => {
    await start();
    const spoilt = new TidegateError('CALL_FAILED', 'the request does not fit', { retry: 'never' });
    rig.between = async (_operation, call) => {
      const open = (await rig.attempts(arrival)).filter(({ outcome }) => outcome === null);
      if (open.some(({ line }) => line === 9)) throw spoilt;
      return call();
    };
    const arrival = await rig.stage(employees(16));
    await rig.deliver(arrival);
    expect(tally(await rig.rows(arrival))).toEqual({ 'accepted created': 15, 'rejected INVALID_ROW': 1 });
    expect(system.sandbox.effects.size).toBe(15);
  });

  it('because the target refuses it as a whole is taken apart as well', async () => {
    await start();
    rig.between = async (_operation, call) => {
      const open = (await rig.attempts(arrival)).filter(({ outcome }) => outcome === null);
      if (!open.some(({ line }) => line === 3)) return call();
      const refusal = { accepted: false, status: 422, code: 'data', message: 'is not right', ticket: null };
      return { ...refusal, answer: { errors: ['is not right'] } };
    };
    const arrival = await rig.stage(employees(4));
    await rig.deliver(arrival);
    expect((await rig.rows(arrival)).map(({ code }) => code)).toEqual([
      'created',
      'data',
      'created',
      'created',
    ]);
  });
});

it('memory holds the calls under way and no more of the file', async () => {
  await start({ concurrency: 2, batch: { rows: 50, bytes: 1_000_000 } });
  const arrival = await rig.stage(employees(2000));
  const page = rig.ledger.pendingRows;
  let [read, most] = [0, 0];
  Object.assign(rig.ledger, {
    pendingRows: async (...args: Parameters<typeof page>) => {
      const rows = await page(...args);
      read += rows.length;
      return rows;
    },
  });
  rig.between = async (_operation, call) => {
    const now = await rig.ledger.arrival(arrival.id);
    most = Math.max(most, read - 2000 + (now?.counts.pending ?? 0));
    return call();
  };
  await rig.deliver(arrival);
  expect(most).toBeLessThanOrEqual(1200);
});
