/** Delivery on a real ledger, with a target whose connector does what a test tells it to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../src/base/clock.ts';
import { TidegateError } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { always } from '../../src/base/permit.ts';
import type { CallResult, Connector, Operation, Repeat } from '../../src/connectors/port.ts';
import { deliverRows } from '../../src/delivery/deliver.ts';
import { createTarget, type Target, type TargetLimits } from '../../src/delivery/target.ts';
import type { AnswerRow, Arrival, Ledger } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import type { CompiledMapping, CompiledRead, RowPlan } from '../../src/mapping/types.ts';

/** Time passes only where somebody sleeps; what they slept is noted. */
export class HeldClock implements Clock {
  slept: number[] = [];
  #now = 1_000_000;
  #steadySince = 0;
  now(): number {
    return this.#now;
  }
  steadySince(): number {
    return this.#steadySince;
  }
  /** Somebody sets it; back when negative. */
  jump(ms: number): void {
    this.#now += ms;
    this.#steadySince = this.#now;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.#now += ms;
  }
  pass(ms: number): void {
    this.#now += ms;
  }
}

export type Reply = CallResult | TidegateError;
export interface Call {
  operation: string;
  request: JsonObject;
  at: number;
}

export const said = (accepted: boolean, code = ''): CallResult => ({
  accepted,
  status: 200,
  code,
  message: accepted ? 'Success' : 'No',
  ticket: null,
  answer: { id: 'S1' },
});
export const lost = new TidegateError('CALL_IN_DOUBT', 'the answer was lost', { retry: 'in-doubt' });
export const unreachable = new TidegateError('TARGET_DOWN', 'no connection', { retry: 'later' });
export const failed = new TidegateError('CALL_FAILED', 'the read failed', { retry: 'later' });
export const unfit = new TidegateError('CALL_FAILED', 'the request does not fit', { retry: 'never' });
export const refused = new TidegateError('TARGET_REFUSES', 'wrong key');

export interface Rig {
  ledger: Ledger;
  clock: HeldClock;
  target: Target;
  calls: Call[];
  /** What the next calls of an operation meet, in order; the last one for ever. */
  replies: Map<string, Reply[]>;
  /** Runs while a call is under way. */
  during: (call: Call) => void | Promise<void>;
  stage(lines: readonly { line: number; key?: string }[]): Promise<Arrival>;
  deliver(arrival: Arrival, signal?: AbortSignal): Promise<void>;
  rows(arrival: Arrival): Promise<AnswerRow[]>;
  close(): Promise<void>;
}

export const limits: TargetLimits = {
  concurrency: 4,
  rate: null,
  retry: { attempts: 3, firstMs: 10, mostMs: 1000 },
  quietPeriodMs: 5000,
  breaker: { failures: 10, pauseMs: 60_000 },
  batch: { rows: 500, bytes: 1_000_000 },
  queued: { everyMs: 20, waitMs: 60, deadlineMs: 60_000 },
};

export const byRead: Repeat = {
  mode: 'lookup',
  operation: 'find',
  request: ({ id }) => ({ id: id ?? null }),
  judge: (found) => (found.accepted ? { kind: 'happened', answer: found.answer } : { kind: 'absent' }),
};

export async function startRig(
  repeat: Repeat = byRead,
  changes: Partial<TargetLimits> = {},
  reads = false,
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const ledger = await openLedger({ file: join(folder, 'ledger.db') });
  const clock = new HeldClock();
  const calls: Call[] = [];
  const replies = new Map<string, Reply[]>();
  const write = operation('make', 'write', repeat);
  const operations = new Map(
    [write, operation('find', 'read', { mode: 'safe' })].map((one) => [one.id, one]),
  );
  const connector: Connector = {
    system: 'test',
    operations,
    async call({ id }, request) {
      const call = { operation: id, request, at: clock.now() };
      calls.push(call);
      await rig.during(call);
      const queue = replies.get(id) ?? [];
      const reply = (queue.length > 1 ? queue.shift() : queue[0]) ?? said(true);
      if (reply instanceof TidegateError) throw reply;
      return reply;
    },
    check: async () => '',
    close: async () => undefined,
  };
  const target = createTarget('test', connector, { ...limits, ...changes }, clock);
  const rig: Rig = {
    ledger,
    clock,
    target,
    calls,
    replies,
    during: () => undefined,
    stage: (lines) => stage(ledger, clock, lines, reads),
    deliver: (arrival, signal = new AbortController().signal) =>
      deliverRows(
        arrival,
        mappingFor(write, operations, reads),
        { ledger, target, clock, signal, permit: always },
        () => undefined,
      ),
    rows: (arrival) => ledger.answerRows(arrival.id, 0, 1000),
    async close() {
      await target.close();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

export const operation = (id: string, kind: 'read' | 'write', repeat: Repeat): Operation => ({
  id,
  kind,
  method: 'POST',
  path: `/${id}`,
  purpose: id,
  request: z.strictObject({ id: z.string() }),
  response: z.unknown(),
  repeat,
  reference: ({ id: reference }) => String(reference),
});

export function mappingFor(
  write: Operation,
  operations: ReadonlyMap<string, Operation>,
  reads: boolean,
): CompiledMapping {
  const find = operations.get('find');
  const action = {
    name: 'Make',
    operation: write,
    ...{ calls: true, files: new Map() },
    queued: false,
    reads: reads && find ? [readOf(find)] : [],
    identity: ({ request }: RowPlan) => request,
    finish: (request: JsonObject) => request,
    cells: () => ({}),
  };
  return {
    name: 'test',
    system: 'test',
    version: '1',
    header: { columns: [] },
    keyColumns: ['Id'],
    ackColumns: [],
    actions: new Map([['Make', action]]),
    files: new Map(),
    fileEndings: [],
    map: () => ({ keys: [], action: '', orderKey: '', violations: [], plan: null, attachment: null }),
    mask: (fields) => fields,
    maskJson: (_action, request) => request,
  };
}

const readOf = (operation: Operation): CompiledRead => ({
  ...{ name: 'found', operation, cacheMs: null, picks: false, optional: false },
  finish: (request) => request,
  take: ({ answer }) => ({ answer }),
});

async function stage(
  ledger: Ledger,
  clock: Clock,
  lines: readonly { line: number; key?: string }[],
  reads: boolean,
): Promise<Arrival> {
  const owner = { id: 'me', leaseMs: 60_000, isGone: () => false };
  const sighting = {
    partner: 'acme',
    feed: 'sales',
    folder: '/in',
    name: `${Math.random()}.csv`,
    size: 1,
    modifiedAt: 1,
  };
  const arrival = await ledger.claim(sighting, owner, clock.now());
  if (!arrival) throw new Error('not claimed');
  await ledger.fetched(arrival, { bytes: 1, sha256: sighting.name }, clock.now());
  const rows = lines.map(({ line, key = `K${line}` }) => ({
    line,
    keys: [key],
    action: 'Make',
    operation: 'make',
    orderKey: key,
    reference: `R${line}-${sighting.name}`,
    payload: String(line),
    fields: [],
    violations: [],
    plan: {
      request: { id: `R${line}` },
      reads: reads ? [{ name: 'found', request: { id: `R${line}` } }] : [],
    },
  }));
  await ledger.addRows(arrival, rows);
  return ledger.staged(
    arrival,
    { mapping: 'test@1', columns: [], keyColumns: ['Id'], ackColumns: [] },
    clock.now(),
  );
}
