/** Any history of calls, by owners that come and go and by claims that are long over, against the rules that hold of every ledger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import type { Arrival, ArrivalState, Claim, Ledger, RowOutcome } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import * as given from './store.ts';

const edges: Record<ArrivalState, readonly ArrivalState[]> = {
  claimed: ['fetched', 'withdrawn', 'delivered'],
  fetched: ['staged', 'withdrawn', 'delivered'],
  reopened: ['staged'],
  staged: ['delivered'],
  delivered: ['acknowledged'],
  // When what it repeats was decided about meanwhile, it is not settled yet.
  acknowledged: ['settled', 'delivered'],
  settled: ['reopened', 'staged', 'delivered'],
  withdrawn: [],
};
const expected: readonly string[] = [
  'LEDGER_STALE',
  'LEDGER_FAILED',
  'ARRIVAL_WAITS',
  'NOT_FOUND',
  'NOT_OPEN',
];
const owners = ['a', 'b', 'c'].map((id) => given.owner(id, id === 'c' ? ['b'] : []));
const outcomes: readonly RowOutcome[] = [given.accepted, given.rejected, given.parked];
const layout = { keyColumns: [], ackColumns: [] };
const problem = { code: 'C', message: 'm', line: null, column: null, expected: '', fix: '' };

/** `claim`: which of all claims ever given; most commands take it. `pick`: whatever else there is to choose. */
interface Command {
  name: keyof typeof commands;
  claim: number;
  pick: number;
}

interface World {
  ledger: Ledger;
  now: number;
  claims: Claim[];
  newest: Map<number, number>;
  lines: number;
  attempts: { claim: Claim; line: number; id: number }[];
}

type Work = (world: World, claim: Claim, pick: number) => Promise<unknown>;

const took = ({ claims, newest }: World, arrival: Arrival | null): void => {
  if (!arrival) return;
  claims.push({ id: arrival.id, token: arrival.token });
  newest.set(arrival.id, arrival.token);
};
const one = <T>(of: readonly T[], pick: number): T => {
  const found = of[pick % of.length];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};
const lineOf = async ({ ledger }: World, { id }: Claim, pick: number): Promise<number> => {
  const rows = await ledger.answerRows(id, 0, 100);
  return rows.length === 0 ? 1 : one(rows, pick).line;
};

const answerOf = async (ledger: Ledger, { id }: Claim) => ({
  kind: 'acknowledgement' as const,
  round: (await ledger.arrival(id))?.round ?? 0,
});

/** Those that need no claim come first. */
const commands = {
  pass: async (world: World, _claim: Claim, pick: number) => {
    world.now += (pick % 5) * 20_000;
  },
  claim: async (world: World, _claim: Claim, pick: number) => {
    const sighting = given.sighting(`${one(['x', 'y'], pick)}.csv`, {
      feed: one(['sales', 'sales', 'returns'], pick >> 1),
    });
    took(world, await world.ledger.claim(sighting, one(owners, pick), world.now));
  },
  resume: async (world: World, _claim: Claim, pick: number) => {
    took(
      world,
      await world.ledger.resume('acme', one(['sales', 'returns'], pick), one(owners, pick >> 1), world.now),
    );
  },
  renew: ({ ledger, now }: World, claim: Claim, pick: number) => ledger.renew(claim, one(owners, pick), now),
  release: ({ ledger }: World, claim: Claim) => ledger.release(claim),
  fetched: ({ ledger, now }: World, claim: Claim, pick: number) =>
    ledger.fetched(claim, { bytes: 100, sha256: `sha-${pick % 4}` }, now),
  withdrawn: ({ ledger, now }: World, claim: Claim) => ledger.withdrawn(claim, 'gone', now),
  discardRows: ({ ledger }: World, claim: Claim) => ledger.discardRows(claim),
  addRows: (world: World, claim: Claim, pick: number) => {
    const rows = Array.from({ length: 1 + (pick % 3) }, (_, index) => {
      const [line, choice] = [++world.lines, pick >> index];
      if (choice % 11 === 0) return given.invalidRow(line);
      return given.row(line, choice % 7 === 0 ? null : `R${choice % 4}`, choice % 5 === 0 ? 'other' : 'a');
    });
    return world.ledger.addRows(claim, rows);
  },
  staged: ({ ledger, now }: World, claim: Claim) => ledger.staged(claim, given.staging, now),
  quarantined: ({ ledger, now }: World, claim: Claim) => ledger.quarantined(claim, problem, layout, now),
  openAttempt: async (world: World, claim: Claim, pick: number) => {
    const line = await lineOf(world, claim, pick);
    const id = await world.ledger.openAttempt({
      claim,
      line,
      operation: 'o',
      purpose: 'write',
      request: {},
      at: world.now,
    });
    world.attempts.push({ claim, line, id });
  },
  closeAttempt: async ({ ledger, attempts, now }: World, claim: Claim, pick: number) => {
    if (attempts.length === 0) return;
    const { id, line } = one(attempts, pick);
    const row = pick % 3 === 0 ? null : one(outcomes, pick);
    const end = {
      claim,
      line,
      attempt: id,
      outcome: 'in-doubt' as const,
      status: null,
      code: '',
      message: `${pick}`,
    };
    await ledger.closeAttempt({ ...end, ticket: null, answer: null, at: now, row });
  },
  settleRow: async (world: World, claim: Claim, pick: number) =>
    world.ledger.settleRow(claim, await lineOf(world, claim, pick), one(outcomes, pick >> 3), world.now),
  /** Gives every row that has none an outcome, so that histories come to their end. */
  settleRows: async ({ ledger, now }: World, claim: Claim, pick: number) => {
    for (const { line } of await ledger.pendingRows(claim, 0, 100))
      await ledger.settleRow(claim, line, one(outcomes, pick + line), now);
  },
  delivered: ({ ledger, now }: World, claim: Claim) => ledger.delivered(claim, now),
  planAnswers: async ({ ledger }: World, claim: Claim) => {
    const answer = await answerOf(ledger, claim);
    await ledger.planAnswers(claim, [{ ...answer, path: `/out/${claim.id}-${answer.round}` }]);
  },
  answerPacked: async ({ ledger }: World, claim: Claim) =>
    ledger.answerPacked(claim, await answerOf(ledger, claim), { bytes: 1, sha256: 'x' }),
  answerWritten: async ({ ledger, now }: World, claim: Claim) =>
    ledger.answerWritten(claim, await answerOf(ledger, claim), { bytes: 1, sha256: 'x' }, now),
  acknowledged: ({ ledger, now }: World, claim: Claim) => ledger.acknowledged(claim, 'processed', '/p', now),
  settled: ({ ledger, now }: World, claim: Claim) => ledger.settled(claim, now),
  decide: async (world: World, { id }: Claim, pick: number) => {
    const what = one(['accepted', 'rejected', 'resend'] as const, pick);
    const rows = await world.ledger.answerRows(id, 0, 100, { states: ['parked'] });
    const line = rows.length === 0 ? 1 : one(rows, pick >> 2).line;
    const lines = pick % 4 === 0 ? [{ from: line, to: line + 2 }] : given.only(line);
    await world.ledger.decide(id, lines, { what, by: 'ann', because: 'asked' }, world.now);
  },
  retry: async (world: World, claim: Claim, pick: number) => {
    const line = await lineOf(world, claim, pick);
    const states = one([['rejected'], ['parked'], ['rejected', 'parked']] as const, pick);
    const lines = pick % 5 === 0 ? [{ from: line, to: line + (pick % 3) }] : null;
    await world.ledger.retry(claim.id, { states, lines }, { by: 'ann', because: 'mended' }, world.now);
  },
  mapRows: async ({ ledger }: World, claim: Claim, pick: number) => {
    const rows = (await ledger.rowsToMap(claim, 0, 100)).map(({ line }) => {
      const choice = pick + line;
      if (choice % 7 === 0) return given.invalidRow(line);
      return given.row(line, choice % 5 === 0 ? null : `R${choice % 4}`, choice % 6 === 0 ? 'other' : 'a');
    });
    await ledger.mapRows(claim, rows);
  },
  restaged: ({ ledger, now }: World, claim: Claim, pick: number) =>
    ledger.restaged(claim, 'm@2', pick % 2 === 0 ? 'reject' : 'send', now),
} satisfies Record<string, Work>;

const names = Object.keys(commands) as (keyof typeof commands)[];
const withoutClaim = new Set<keyof typeof commands>(['pass', 'claim', 'resume', 'decide', 'retry']);
/** Several calls, of which the first may have done something before a later one fails. */
const compound = new Set<keyof typeof commands>(['settleRows']);

const command: fc.Arbitrary<Command> = fc.record({
  name: fc.constantFrom(...names),
  claim: fc.nat(1000),
  pick: fc.nat(1000),
});
const answering = [
  ...(['delivered', 'planAnswers', 'answerPacked', 'answerWritten', 'acknowledged', 'settled'] as const),
];
const steps = [
  ...(['fetched', 'addRows', 'addRows', 'staged', 'openAttempt', 'settleRows'] as const),
  ...answering,
];
/** A later round of whatever was settled last. */
const round = fc
  .tuple(fc.constantFrom('decide' as const, 'retry' as const), fc.nat(1000), fc.nat(answering.length))
  .map(([begin, pick, length]) =>
    [
      ...([begin, 'resume', 'mapRows', 'restaged', 'settleRows'] as const),
      ...answering.slice(begin === 'decide' ? 1 : 0, length),
    ].map((name) => ({
      name,
      claim: -1,
      // Such that `resume` asks for the feed that has most files.
      pick: name === 'resume' ? (pick >> 1) << 1 : pick,
    })),
  );
/** A file from its claim, or from where somebody takes it over, to its end or a part of that. */
const way: fc.Arbitrary<Command[]> = fc
  .record({
    pick: fc.nat(1000),
    begin: fc.constantFrom(['claim'] as const, ['pass', 'pass', 'resume'] as const),
    steps: fc.oneof(
      fc.constant(steps),
      fc.nat(steps.length).map((length) => steps.slice(0, length)),
      fc.constantFrom(['withdrawn'] as const, ['fetched', 'quarantined'] as const),
    ),
  })
  .map((chosen) =>
    // -1 is the newest claim.
    [...chosen.begin, ...chosen.steps].map((name, index) => ({ name, claim: -1, pick: chosen.pick + index })),
  );
const history = fc
  .array(
    fc.oneof(
      way,
      way,
      fc.tuple(way, round).map((parts) => parts.flat()),
      command.map((alone) => [alone]),
    ),
    { minLength: 3, maxLength: 10 },
  )
  .map((parts) => parts.flat());

interface Snapshot {
  arrivals: Map<number, Arrival>;
  rows: Map<string, { state: string; settledAt: number | null; text: string }>;
  attempts: Map<number, string>;
  /** What was answered, or is about to be, by arrival and round. */
  answers: Map<string, string>;
  effects: { operation: string; reference: string; arrival: number; line: number }[];
}

async function snapshot(ledger: Ledger, file: string): Promise<Snapshot> {
  const arrivals = new Map((await ledger.arrivals({ limit: 100 })).map((arrival) => [arrival.id, arrival]));
  const [rows, attempts]: [Snapshot['rows'], Snapshot['attempts']] = [new Map(), new Map()];
  const answers: Snapshot['answers'] = new Map();
  for (const [id, { round: latest, state }] of arrivals) {
    const closed = ['delivered', 'acknowledged', 'settled'].includes(state) ? latest : latest - 1;
    for (let number = 0; number <= closed; number++)
      answers.set(`${id}/${number}`, JSON.stringify(await ledger.answerRows(id, 0, 1000, { round: number })));
    for (const row of await ledger.answerRows(id, 0, 1000))
      rows.set(`${id}:${row.line}`, {
        state: row.state,
        settledAt: row.settledAt,
        text: JSON.stringify(row),
      });
    for (const attempt of await ledger.attempts(id))
      attempts.set(attempt.id, attempt.closedAt === null ? 'open' : JSON.stringify(attempt));
  }
  const database = new Database(file, { readonly: true });
  const effects = database
    .prepare('select operation, reference, arrival, line from effects')
    .all() as Snapshot['effects'];
  const shared = database.prepare(
    `select count(*) from arrivals where state not in ('settled', 'withdrawn') and round = 0 group by partner, folder, name having count(*) > 1`,
  );
  expect(shared.all(), 'unfinished arrivals of one name').toEqual([]);
  database.close();
  return { arrivals, rows, attempts, answers, effects };
}

function demandRules(before: Snapshot, after: Snapshot, did: string): void {
  for (const arrival of after.arrivals.values()) {
    const earlier = before.arrivals.get(arrival.id)?.state ?? arrival.state;
    if (earlier !== arrival.state) expect(edges[earlier], did).toContain(arrival.state);
    demandClosure(arrival, after, did);
  }
  for (const [id, attempt] of before.attempts) {
    expect(after.attempts.has(id), did).toBe(true);
    if (attempt !== 'open') expect(after.attempts.get(id), did).toBe(attempt);
  }
  for (const [key, { state, settledAt }] of before.rows) {
    // Only a person's decision changes what is settled, or that something repeats what a person decided about; and nothing what was done.
    const isFinal =
      state === 'accepted' || state === 'duplicate' || !/^(decide|retry|delivered|settled)/.test(did);
    if (settledAt !== null && isFinal) expect(after.rows.get(key), did).toMatchObject({ state, settledAt });
  }
  for (const [key, answer] of before.answers) expect(after.answers.get(key), `${did}: ${key}`).toBe(answer);
  for (const { arrival, line } of after.effects) {
    const owner = after.rows.get(`${arrival}:${line}`)?.state;
    expect(['pending', 'accepted', 'parked'], `${did}: the owner of an effect`).toContain(owner);
  }
}

function demandClosure({ id, state, counts }: Arrival, { rows }: Snapshot, did: string): void {
  const { rows: all, ...byState } = counts;
  const own = [...rows].filter(([key]) => key.startsWith(`${id}:`)).map(([, row]) => row.state);
  if (['claimed', 'fetched', 'withdrawn'].includes(state)) {
    expect(all, did).toBe(0);
    return;
  }
  expect(all, did).toBe(own.length);
  for (const [name, count] of Object.entries(byState))
    expect(count, `${did}: ${name}`).toBe(own.filter((one) => one === name).length);
  if (state !== 'staged' && state !== 'reopened') expect(byState.pending, did).toBe(0);
}

/** What was done, in words, and what became of it: a refused or failed call has changed nothing, and a stale claim is always refused. */
async function act(world: World, { name, claim: which, pick }: Command, before: Snapshot, file: string) {
  const claim = world.claims.at(which < 0 ? which : which % Math.max(1, world.claims.length));
  const needsClaim = !withoutClaim.has(name);
  if (!claim && needsClaim) return before;
  const used = claim ?? { id: 0, token: 0 };
  const did = `${name} ${JSON.stringify(used)} ${pick}`;
  const isStale = world.newest.get(used.id) !== used.token;
  const error = await commands[name](world, used, pick).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error !== null && !(error instanceof TidegateError)) throw error;
  if (error) expect(expected, did).toContain(error.code);
  const madeNoCall = name === 'closeAttempt' && world.attempts.length === 0;
  if (needsClaim && isStale && !madeNoCall) expect(error?.code, did).toBe('LEDGER_STALE');
  const after = await snapshot(world.ledger, file);
  // A decision also takes arrivals that follow from whoever had them.
  for (const { id, token } of after.arrivals.values()) world.newest.set(id, token);
  if (error && !compound.has(name)) expect(after, `${did} failed`).toEqual(before);
  demandRules(before, after, did);
  return after;
}

it('holds to its rules in every history', async () => {
  const reached = new Set<string>();
  const states = Object.keys(edges).sort();
  const holds = fc.asyncProperty(history, async (list) => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    const file = join(folder, 'ledger.db');
    const ledger = await openLedger({ file });
    const world: World = { ledger, now: 1_000_000, claims: [], newest: new Map(), lines: 1, attempts: [] };
    try {
      let seen = await snapshot(ledger, file);
      for (const command of list) {
        seen = await act(world, command, seen, file);
        for (const { state } of seen.arrivals.values()) reached.add(state);
      }
    } finally {
      await ledger.close();
      await rm(folder, { recursive: true });
    }
  });
  // Histories that come nowhere would show nothing; now and then twenty of them leave a state out.
  for (let more = 0; more < 5 && reached.size < states.length; more++)
    await fc.assert(holds, { numRuns: 20 });
  expect([...reached].sort()).toEqual(states);
}, 60_000);
