/** Calls that are under way at the other side: how their results are found out, now or by the next process. */
import { explain, TidegateError } from '../base/errors.ts';
import { jsonIn } from '../base/json.ts';
import type { Async, CallResult, Operation } from '../connectors/port.ts';
import type { CallEnd, CallRow, CallState, Claim } from '../ledger/port.ts';
import type { CompiledAction } from '../mapping/types.ts';
import { answeredEnd, type Ending, hopeless, resultsIn, type Sharer } from './ends.ts';
import { type Part, partOf } from './merge.ts';
import { type DeliveryPorts, parked, type Settled } from './outcome.ts';
import { readWithRetries } from './read.ts';

export interface Queued {
  call: CallState;
  action: CompiledAction;
}

export interface LineFate {
  line: number;
  /** `null` when it is still pending: it is looked up, or goes again. */
  settled: Settled | null;
}

/** What is known of a call that has ended, or is not waited for any longer. */
type Known =
  | { kind: 'told'; result: CallResult }
  /** Nobody tells any more what came of it. */
  | { kind: 'lost'; why: string; status: number | null; forGood: boolean };

/** Notes a call as queued whose process ended before it could. Who was to tell its result may still do so. */
export async function notedAsQueued(
  claim: Claim,
  call: CallState,
  { ledger, clock, target }: DeliveryPorts,
): Promise<CallState> {
  if (call.until !== null) return call;
  const now = clock.now();
  const until = now + target.limits.queued.deadlineMs;
  await ledger.callQueued(claim, call.id, { job: null, until }, now);
  return { ...call, until };
}

/** Closes the call when its result is there, or its deadline has passed; `null` while it is under way. Throws when the target is in trouble. */
export async function resultOf(
  claim: Claim,
  { call, action }: Queued,
  ports: DeliveryPorts,
): Promise<LineFate[] | null> {
  const { ledger, clock } = ports;
  const asked = await ask(action.operation, call, ports);
  const known = asked ?? overdue(action.operation, call, clock.now());
  if (known === null) return null;
  const rows = await ledger.callRows(claim, call.id);
  const sharers = rows.map((row) => ({ ...row, part: partIn(action.operation, row) }));
  const endings = endingsOf(sharers, action, known);
  const end = {
    ...{ claim, call: call.id, at: clock.now() },
    rows: rows.map(({ line, attempt }, index) => rowEnd(line, attempt, endings[index])),
  };
  if (asked) await ledger.closeCall(end);
  else if (!(await ledger.giveUpCall(end))) return null;
  return end.rows.map(({ line, row }) => ({ line, settled: row?.state ?? null }));
}

function rowEnd(line: number, attempt: number, ending: Ending | undefined): CallEnd['rows'][number] {
  if (!ending) throw new Error(`line ${line} has no end`);
  return { ...ending.end, line, attempt, row: ending.row };
}

async function ask(operation: Operation, call: CallState, ports: DeliveryPorts): Promise<Known | null> {
  if (operation.async?.mode === 'callback') return toldAbout(operation, operation.async, call, ports);
  return operation.async && call.job !== null ? stateOf(operation, operation.async, call.job, ports) : null;
}

/** How the job stands. */
async function stateOf(
  operation: Operation,
  { status, judge }: Extract<Async, { mode: 'poll' }>,
  job: string,
  ports: DeliveryPorts,
): Promise<Known | null> {
  const read = ports.target.connector.operations.get(status.operation);
  if (!read)
    throw new Error(`${operation.id} is followed by ${status.operation}, which its system does not have`);
  const found = await readWithRetries(read, status.request(job), ports);
  if (found instanceof TidegateError) {
    if (found.retry !== 'never') return null;
    return {
      kind: 'lost',
      why: `${read.id} cannot be asked: ${explain(found)}`,
      status: null,
      forGood: true,
    };
  }
  if (!found.accepted) {
    const said = [found.code, found.message].filter(Boolean).join(', ');
    const why = `${read.id} does not tell of job ${job} (${said})`;
    return { kind: 'lost', why, status: found.status, forGood: false };
  }
  const ended = judge(found);
  return ended && { kind: 'told', result: { ...found, ...ended } };
}

/** What the other side has told by itself. */
async function toldAbout(
  { id }: Operation,
  { judge }: Extract<Async, { mode: 'callback' }>,
  call: CallState,
  { ledger }: DeliveryPorts,
): Promise<Known | null> {
  const told = await ledger.toldResult(call.id);
  if (!told) return null;
  const ended = judge(jsonIn(told.body));
  // A callback has no status of its own.
  if (ended) return { kind: 'told', result: { ...ended, status: 200, ticket: null } };
  const why = `what was told about the call to ${id} does not say how it ended`;
  return { kind: 'lost', why, status: null, forGood: true };
}

function overdue({ id }: Operation, { until, job }: CallState, now: number): Known | null {
  if (until === null || now < until) return null;
  const name = job === null ? 'the queued call' : `job ${job}`;
  const why = `${name} of ${id} had no result by ${new Date(until).toISOString()}`;
  return { kind: 'lost', why, status: null, forGood: true };
}

const partIn = ({ batch }: Operation, { request }: CallRow): Part | null =>
  batch ? partOf(batch, request) : null;

function endingsOf(
  sharers: readonly (Sharer & CallRow)[],
  action: CompiledAction,
  known: Known,
): readonly Ending[] {
  if (known.kind === 'lost') return sharers.map((sharer) => lostEnding(sharer, action, known));
  const { result } = known;
  const results = resultsIn(action.operation, result, sharers);
  return sharers.map((sharer) => {
    const own = sharer.part ? (results?.rows.get(sharer.part.key) ?? results?.common ?? null) : result;
    return answeredEnd(sharer, action, result, own);
  });
}

/** Only a look-up can still tell what came of work that was begun. Where the other side knows nothing of it, what may be repeated is repeated. */
function lostEnding(
  sharer: Sharer,
  action: CompiledAction,
  { why, status, forGood }: Extract<Known, { kind: 'lost' }>,
): Ending {
  const end = { outcome: 'in-doubt', status, code: 'CALL_IN_DOUBT', message: why } as const;
  const looked = action.operation.repeat.mode === 'lookup';
  const row = forGood ? (looked ? null : parked(why)) : hopeless(sharer, action, true);
  return { end: { ...end, ticket: null, answer: null }, row };
}
