/** Delivery against a server that does anything, in a process that is killed anywhere: the server's own record is what counts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { always } from '../../src/base/permit.ts';
import type { CallResult, Connector, Repeat } from '../../src/connectors/port.ts';
import { deliverRows } from '../../src/delivery/deliver.ts';
import { createTarget } from '../../src/delivery/target.ts';
import type { AnswerRow, Arrival, Claim, Ledger } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { me, row, sighting, staging } from '../ledger/store.ts';
import {
  byRead,
  failed,
  HeldClock,
  limits,
  lost,
  mappingFor,
  operation,
  said,
  unfit,
  unreachable,
} from './parts.ts';

/** What a write meets. `late`: the answer is lost, and the effect comes after so many parts of eight of the quiet period. */
type Fate =
  | { kind: 'done' | 'refused' | 'lost before' | 'lost after' | 'unreachable' | 'throttled' | 'unfit' }
  | { kind: 'late'; eighths: number };
const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'done',
      'refused',
      'lost before',
      'lost after',
      'unreachable',
      'throttled',
      'unfit',
    ),
  }),
  fc.record({ kind: fc.constant('late' as const), eighths: fc.integer({ min: 1, max: 7 }) }),
);

interface Script {
  /** One key per row, in file order. */
  keys: number[];
  /** What writes meet, one after the other; afterwards the server behaves. */
  fates: Fate[];
  /** Which of the reads fail; afterwards none does. */
  reads: boolean[];
  /** The n-th process is killed when it crosses that many boundaries; afterwards none is. */
  kills: number[];
}
const script: fc.Arbitrary<Script> = fc.record({
  keys: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
  fates: fc.array(fate, { maxLength: 12 }),
  reads: fc.array(fc.boolean(), { maxLength: 6 }),
  kills: fc.array(fc.nat(30), { maxLength: 4 }),
});

const never: Repeat = { mode: 'never', because: 'it has no key' };
const modes: [mode: string, repeat: Repeat][] = [
  ['may be sent again', { mode: 'safe' }],
  ['can be looked up', byRead],
  ['can be neither', never],
];

interface Write {
  reference: string;
  at: number;
  isLost: boolean;
  isUnfit: boolean;
}

/** The truth: what the server was asked, and what came of it and when. */
class Server {
  readonly writes: Write[] = [];
  readonly lookups: { reference: string; at: number }[] = [];
  readonly #effects: { reference: string; at: number }[] = [];
  readonly #clock: HeldClock;
  readonly #isIdempotent: boolean;
  readonly #fates: Fate[];
  readonly #reads: boolean[];

  constructor(clock: HeldClock, repeat: Repeat, { fates, reads }: Script) {
    this.#clock = clock;
    this.#isIdempotent = repeat.mode === 'safe';
    this.#fates = [...fates];
    this.#reads = [...reads];
  }

  /** In the order in which they came; those that are still to come are left out. */
  get effects(): string[] {
    const now = this.#clock.now();
    const there = this.#effects.filter(({ at }) => at <= now);
    return there.sort((a, b) => a.at - b.at).map(({ reference }) => reference);
  }

  write(reference: string): CallResult {
    const met = this.#fates.shift() ?? { kind: 'done' };
    const call = { reference, at: this.#clock.now(), isLost: false, isUnfit: met.kind === 'unfit' };
    this.writes.push(call);
    if (met.kind === 'unreachable') throw unreachable;
    if (met.kind === 'throttled')
      throw new TidegateError('CALL_THROTTLED', 'slow down', { retry: 'later', retryAfterMs: 100 });
    if (met.kind === 'unfit') throw unfit;
    const isKnown = this.#isIdempotent && this.#effects.some((effect) => effect.reference === reference);
    if (met.kind === 'refused' && !isKnown) return said(false, 'NO');
    const delay = met.kind === 'late' ? (met.eighths * limits.quietPeriodMs) / 8 : 0;
    if (met.kind !== 'lost before' && !isKnown) this.#effects.push({ reference, at: call.at + delay });
    if (!met.kind.startsWith('lost') && met.kind !== 'late') return said(true);
    call.isLost = true;
    throw lost;
  }

  find(reference: string): CallResult {
    this.lookups.push({ reference, at: this.#clock.now() });
    if (this.#reads.shift()) throw failed;
    return said(this.effects.includes(reference));
  }
}

let folder: string;
let ledger: Ledger;
let runs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  ledger = await openLedger({ file: join(folder, 'ledger.db') });
});
afterAll(async () => {
  await ledger.close();
  await rm(folder, { recursive: true });
});

/** A file of a feed of its own. */
async function stageFile(keys: readonly number[], clock: HeldClock): Promise<Arrival> {
  const feed = `feed-${++runs}`;
  const claim = await ledger.claim(sighting(`${feed}.csv`, { feed }), me, clock.now());
  if (!claim) throw new Error('not claimed');
  await ledger.fetched(claim, { bytes: 1, sha256: feed }, clock.now());
  const rows = keys.map((key, index) => {
    const reference = `${feed}-${index + 2}`;
    const plan = { request: { id: reference }, reads: [] };
    return row(index + 2, reference, 'a', { plan, action: 'Make', operation: 'make', orderKey: `K${key}` });
  });
  await ledger.addRows(claim, rows);
  return ledger.staged(claim, staging, clock.now());
}

/** Everything that crosses a boundary is counted; at the limit, and from then on, nothing comes back any more. */
function mortal(limit: number) {
  const killed = Promise.withResolvers<'killed'>();
  let crossed = 0;
  const cross = async (): Promise<void> => {
    if (crossed++ < limit) return;
    killed.resolve('killed');
    await new Promise(() => undefined);
  };
  const through =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result> | Result) =>
    async (...args: Args): Promise<Result> => {
      await cross();
      try {
        return await work(...args);
      } finally {
        await cross();
      }
    };
  return { killed: killed.promise, through };
}

/** One process on the arrival, until it is done, has to wait or is killed. */
async function live(claim: Claim, repeat: Repeat, server: Server, clock: HeldClock, limit: number) {
  const { killed, through } = mortal(limit);
  const write = operation('make', 'write', repeat);
  const operations = new Map(
    [write, operation('find', 'read', { mode: 'safe' })].map((one) => [one.id, one]),
  );
  const call = through(async (id: string, reference: string) =>
    id === 'make' ? server.write(reference) : server.find(reference),
  );
  const connector: Connector = {
    ...{ system: 'test', operations, check: async () => '', close: async () => undefined },
    call: ({ id }, request) => call(id, String(request['id'])),
  };
  const breaker = { failures: 1000, pauseMs: 1 };
  const target = createTarget('test', connector, { ...limits, breaker }, clock);
  const dying: Ledger = {
    ...ledger,
    pendingRows: through(ledger.pendingRows),
    openAttempt: through(ledger.openAttempt),
    closeAttempt: through(ledger.closeAttempt),
    settleRow: through(ledger.settleRow),
  };
  const signal = new AbortController().signal;
  const ports = { ledger: dying, target, clock, signal, permit: always };
  const delivered = deliverRows(claim, mappingFor(write, operations, false), ports, () => undefined);
  return Promise.race([killed, delivered.then(() => 'done' as const)]).catch((error: unknown) => {
    if (error instanceof TidegateError && error.retry !== 'never') return 'waits' as const;
    throw error;
  });
}

/** Process after process, until the file is done. */
async function play(repeat: Repeat, told: Script) {
  const clock = new HeldClock();
  const server = new Server(clock, repeat, told);
  const arrival = await stageFile(told.keys, clock);
  const kills = [...told.kills];
  let claim: Claim = arrival;
  for (let lives = 0; lives < 100; lives++) {
    const end = await live(claim, repeat, server, clock, kills.shift() ?? Number.POSITIVE_INFINITY);
    if (end === 'done') break;
    const taken = await ledger.resume(arrival.partner, arrival.feed, me, clock.now());
    if (!taken) throw new Error('nothing to resume');
    claim = taken;
  }
  // Whatever the server still does comes before anybody looks.
  clock.pass(limits.quietPeriodMs);
  return {
    server,
    rows: await ledger.answerRows(arrival.id, 0, 100),
    attempts: await ledger.attempts(arrival.id),
    arrival,
  };
}

const lineOf = (reference: string): number => Number(reference.split('-').at(-1));

/** What is said of the row is what the server did. */
function demandTruth(
  { state }: AnswerRow,
  happened: boolean,
  seenUnfit: boolean,
  repeat: Repeat,
  about: string,
): void {
  if (state === 'accepted') expect(happened, about).toBe(true);
  else if (state === 'rejected') expect(happened, about).toBe(false);
  // A lost call that may be sent again is parked only when it suddenly cannot be.
  else
    expect([state, repeat.mode === 'never' || (repeat.mode === 'safe' && seenUnfit)], about).toEqual([
      'parked',
      true,
    ]);
}

/** After a lost answer nothing is sent again unasked, and nobody is asked while the server may still be at it. */
function demandPatience({ writes, lookups }: Server, reference: string, repeat: Repeat): void {
  const sent = writes.filter((call) => call.reference === reference);
  for (const [index, call] of sent.entries()) {
    const next = sent[index + 1];
    if (!call.isLost || !next || repeat.mode === 'safe') continue;
    expect(repeat.mode, `${reference} was sent again`).toBe('lookup');
    const asked = lookups.filter(({ at }) => at >= call.at + limits.quietPeriodMs && at <= next.at);
    expect(asked.map((lookup) => lookup.reference)).toContain(reference);
  }
}

describe.each(modes)('a write that %s', (mode, repeat) => {
  it('has at most one effect, in file order, and every row ends with an outcome that is true', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(script, async (told) => {
        const { server, rows, attempts, arrival } = await play(repeat, told);
        const { effects, writes } = server;
        expect(effects).toHaveLength(new Set(effects).size);
        for (const row of rows) {
          const reference = `${arrival.feed}-${row.line}`;
          seen.add(row.state);
          const ofRow = writes.filter((call) => call.reference === reference);
          demandTruth(
            row,
            effects.includes(reference),
            ofRow.some(({ isUnfit }) => isUnfit),
            repeat,
            reference,
          );
          demandPatience(server, reference, repeat);
          // No call without its attempt, which was there first.
          const opened = attempts.filter(({ line, purpose }) => line === row.line && purpose === 'write');
          expect(opened.length).toBeGreaterThanOrEqual(ofRow.length);
        }
        for (const key of new Set(told.keys)) {
          const lines = effects.map(lineOf).filter((line) => told.keys[line - 2] === key);
          expect(lines).toEqual(lines.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
    expect([...seen], mode).toEqual(expect.arrayContaining(['accepted', 'rejected']));
  }, 60_000);
});
