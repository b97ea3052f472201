/**
 * The way of one call for many rows, or of one whose result comes later. Who goes with whom is in the ledger before the call leaves, and what became of each
 * row is written down in one go. What stays in doubt goes back among the pending rows: it is found out in the same way after a lost answer as after a lost
 * process.
 */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../base/json.ts';
import type { CallResult, Operation } from '../connectors/port.ts';
import type { CallEnd, CallState, Claim, OpenedCall, PendingRow } from '../ledger/port.ts';
import type { CompiledAction, PlannedLine } from '../mapping/types.ts';
import { quietPeriod } from './doubt.ts';
import { answeredEnd, type Ending, hopeless, refusedWhole, resultsIn } from './ends.ts';
import { merged, type Part } from './merge.ts';
import { type DeliveryPorts, type Settled, unanswered } from './outcome.ts';
import { isInDoubt, refusedByItself, unsent } from './row.ts';

export interface Member {
  row: PendingRow;
  /** As it would go alone. */
  request: JsonObject;
  /** Of files, with what reads told. */
  lines: readonly PlannedLine[];
  /** `null` when it goes alone. */
  part: Part | null;
}

export interface Fate {
  row: PendingRow;
  /** `null` when it is still pending: what became of its call is not known, or it goes again in another one. */
  settled: Settled | null;
}

export interface Sent {
  fates: readonly Fate[];
  /** Calls that are under way at the other side, with their rows. */
  queued: readonly { call: CallState; rows: readonly PendingRow[] }[];
  /** Why the answer was lost as a whole; `null` when it was not. */
  lost: unknown;
}

interface Call extends OpenedCall {
  code: string | null;
}

/** Throws when the rows must wait, as for a row that goes alone. */
export async function sendCall(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  ports: DeliveryPorts,
): Promise<Sent> {
  const { target, signal } = ports;
  const { operation } = action;
  await lastDoubtIsOver(members, ports);
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    const code = codeFor(action);
    const call = await open(claim, action, members, code, ports);
    let result: CallResult;
    try {
      result = await target.call(operation, requestOf(action, members, code), ports);
    } catch (error) {
      const sent = await afterFailure(claim, action, members, call, error, ports);
      if (sent) return sent;
      if (await target.mayRetry(failures, error, signal)) continue;
      throw error;
    }
    return afterAnswer(claim, action, members, call, result, ports);
  }
}

/** Durable before the call leaves, so that a result that is told before the call itself is answered finds it. */
const codeFor = ({ operation }: CompiledAction): string | null =>
  operation.async?.mode === 'callback' ? randomUUID() : null;

function requestOf(action: CompiledAction, members: readonly Member[], code: string | null): JsonObject {
  const [first] = members;
  if (!first) throw new Error('a call needs a row');
  const parts = members.flatMap(({ part }) => (part ? [part] : []));
  const { batch } = action.operation;
  const shared = batch && parts.length > 0 ? merged(batch, first.request, parts) : first.request;
  return asQueued(action, shared, code);
}

/** With what asks for the work to be queued. */
function asQueued(
  { operation, queued }: CompiledAction,
  request: JsonObject,
  code: string | null,
): JsonObject {
  if (!queued || !operation.async) return request;
  return operation.async.mode === 'poll'
    ? { ...request, ...operation.async.ask }
    : { ...request, [operation.async.codeField]: code };
}

async function open(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  code: string | null,
  { ledger, clock, target }: DeliveryPorts,
): Promise<Call> {
  const rows = members.map(({ row: { line }, request, lines }) => ({
    ...{ line, lines },
    request: asQueued(action, request, code),
  }));
  const { id } = action.operation;
  const opening = { claim, target: target.name, operation: id, code, rows, at: clock.now() };
  return { ...(await ledger.openCall(opening)), code };
}

/** What may be sent again is sent again together, so it waits together. */
async function lastDoubtIsOver(members: readonly Member[], ports: DeliveryPorts): Promise<void> {
  const givenUp = members.flatMap(({ row: { inDoubt } }) =>
    inDoubt ? [inDoubt.givenUpAt ?? ports.clock.now()] : [],
  );
  if (givenUp.length > 0) await quietPeriod({ givenUpAt: Math.max(...givenUp) }, ports);
}

async function afterAnswer(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  call: Call,
  result: CallResult,
  ports: DeliveryPorts,
): Promise<Sent> {
  const { operation, queued } = action;
  const sharers = members.map(({ row: { leftOut }, lines, part }) => ({ leftOut, lines, part }));
  const results = resultsIn(operation, result, sharers);
  if (results === null && !result.accepted && members.length > 1) {
    const refused = (member: Member): Ending => refusedWhole(result, member === members[0]);
    await close(claim, members, call, refused, ports);
    return apart(claim, action, members, ports);
  }
  if (results === null && result.accepted && queued) {
    const job = jobIn(operation, result);
    if (job !== null || call.code !== null) return queue(claim, members, call, job, ports);
  }
  const whole = results === null && !result.accepted ? result : null;
  return close(
    claim,
    members,
    call,
    ({ row: { leftOut }, lines, part }) => {
      const own = part && results ? (results.rows.get(part.key) ?? results.common) : whole;
      return answeredEnd({ leftOut, lines, part }, action, result, own);
    },
    ports,
  );
}

const jobIn = ({ async }: Operation, { answer }: CallResult): string | null =>
  async?.mode === 'poll' ? async.job(answer) : null;

/** Its attempts stay open, and its rows pending, until the result comes. */
async function queue(
  claim: Claim,
  members: readonly Member[],
  { id, code }: Call,
  job: string | null,
  { ledger, clock, target }: DeliveryPorts,
): Promise<Sent> {
  const now = clock.now();
  const until = now + target.limits.queued.deadlineMs;
  await ledger.callQueued(claim, id, { job, until }, now);
  return {
    fates: [],
    queued: [{ call: { id, code, job, until }, rows: members.map(({ row }) => row) }],
    lost: null,
  };
}

/** Closes the call and tells what became of the rows; `null` when all of them surely had no effect. */
async function afterFailure(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  call: Call,
  error: unknown,
  ports: DeliveryPorts,
): Promise<Sent | null> {
  const end = unanswered(error);
  const misfit = refusedByItself(error);
  const doubtful = isInDoubt(error);
  // Should it have been taken after all, its result will be told.
  if (doubtful && call.code !== null) return queue(claim, members, call, null, ports);
  const alone = members.length === 1;
  const ending = ({ row }: Member): Ending => {
    if (misfit) return { end, row: alone ? unsent(misfit, row, action) : null };
    return { end, row: doubtful ? hopeless(row, action, alone) : null };
  };
  const sent = await close(claim, members, call, ending, ports);
  if (misfit) return alone ? sent : apart(claim, action, members, ports);
  return doubtful ? { ...sent, lost: error } : null;
}

/** A call that is refused as a whole may be so for one of its rows: halves of it find out for which. */
async function apart(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  ports: DeliveryPorts,
): Promise<Sent> {
  const middle = Math.ceil(members.length / 2);
  const first = await sendCall(claim, action, members.slice(0, middle), ports);
  const second = await sendCall(claim, action, members.slice(middle), ports);
  return {
    fates: [...first.fates, ...second.fates],
    queued: [...first.queued, ...second.queued],
    lost: first.lost ?? second.lost,
  };
}

async function close(
  claim: Claim,
  members: readonly Member[],
  call: OpenedCall,
  endingOf: (member: Member) => Ending,
  { ledger, clock }: DeliveryPorts,
): Promise<Sent> {
  const rows = members.map((member, index): CallEnd['rows'][number] => {
    const { end, row } = endingOf(member);
    return { ...end, line: member.row.line, attempt: call.attempts[index] ?? 0, row };
  });
  await ledger.closeCall({ claim, call: call.id, rows, at: clock.now() });
  const fates = members.map(({ row }, index) => ({ row, settled: rows[index]?.row?.state ?? null }));
  return { fates, queued: [], lost: null };
}
