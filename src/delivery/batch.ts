/**
 * The way of one call for many rows. Who goes with whom is in the ledger before the call leaves, and what became of each row is written down in one go.
 * What stays in doubt goes back among the pending rows: it is found out in the same way after a lost answer as after a lost process.
 */
import type { BatchResults, CallResult, Operation } from '../connectors/port.ts';
import type { CallEnd, Claim, OpenedCall, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledAction } from '../mapping/types.ts';
import { lostForGood, quietPeriod } from './doubt.ts';
import { merged, type Part } from './merge.ts';
import { type DeliveryPorts, outcomeOf, parked, type Settled, unanswered } from './outcome.ts';
import { isInDoubt, refusedByItself, unsent } from './row.ts';

export interface Member {
  row: PendingRow;
  /** As it would go alone. */
  request: PendingRow['plan']['request'];
  part: Part;
}

export interface Fate {
  row: PendingRow;
  /** `null` when it is still pending: what became of its call is not known, or it goes again in another one. */
  settled: Settled | null;
}

export interface Sent {
  fates: readonly Fate[];
  /** Why the answer was lost as a whole; `null` when it was not. */
  lost: unknown;
}

type End = CallEnd['rows'][number];
type Ended = Omit<End, 'line' | 'attempt' | 'row'>;

/** Throws when the rows must wait, as for a row that goes alone. */
export async function sendBatch(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  ports: DeliveryPorts,
): Promise<Sent> {
  const { ledger, target, clock, signal } = ports;
  const { operation } = action;
  const request = mergedRequest(operation, members);
  await lastDoubtIsOver(members, ports);
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    const rows = members.map(({ row: { line }, request: own }) => ({ line, request: own }));
    const opening = { claim, operation: operation.id, code: null, rows, at: clock.now() };
    const call = await ledger.openCall(opening);
    let result: CallResult;
    try {
      result = await target.call(operation, request, ports);
    } catch (error) {
      const sent = await afterFailure(claim, action, members, call, error, ports);
      if (sent) return sent;
      if (await target.mayRetry(failures, error, signal)) continue;
      throw error;
    }
    const entries = members.map(({ part }) => part.entry);
    const results = operation.batch?.results(result.answer, entries) ?? null;
    if (results === null && !result.accepted && members.length > 1) {
      await close(
        claim,
        members,
        call,
        (member) => ({ end: refusedWhole(result, member === members[0]), row: null }),
        ports,
      );
      return apart(claim, action, members, ports);
    }
    return close(claim, members, call, (member) => endOf(member, action, result, results), ports);
  }
}

function mergedRequest({ id, batch }: Operation, members: readonly Member[]) {
  const [first] = members;
  if (!batch || !first) throw new Error(`${id} takes no batches, or none of no rows`);
  return merged(
    batch,
    first.request,
    members.map(({ part }) => part),
  );
}

/** What may be sent again is sent again together, so it waits together. */
async function lastDoubtIsOver(members: readonly Member[], ports: DeliveryPorts): Promise<void> {
  const givenUp = members.flatMap(({ row: { inDoubt } }) =>
    inDoubt ? [inDoubt.givenUpAt ?? ports.clock.now()] : [],
  );
  if (givenUp.length > 0) await quietPeriod({ givenUpAt: Math.max(...givenUp) }, ports);
}

/** Closes the call and tells what became of the rows; `null` when all of them surely had no effect. */
async function afterFailure(
  claim: Claim,
  action: CompiledAction,
  members: readonly Member[],
  call: OpenedCall,
  error: unknown,
  ports: DeliveryPorts,
): Promise<Sent | null> {
  const end = unanswered(error);
  const misfit = refusedByItself(error);
  const doubtful = isInDoubt(error);
  const alone = members.length === 1;
  const sent = await close(
    claim,
    members,
    call,
    ({ row }) => {
      if (misfit) return { end, row: alone ? unsent(misfit, row, action) : null };
      return { end, row: doubtful ? hopeless(row, action, alone) : null };
    },
    ports,
  );
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
  const first = await sendBatch(claim, action, members.slice(0, middle), ports);
  const second = await sendBatch(claim, action, members.slice(middle), ports);
  return { fates: [...first.fates, ...second.fates], lost: first.lost ?? second.lost };
}

async function close(
  claim: Claim,
  members: readonly Member[],
  call: OpenedCall,
  endFor: (member: Member) => { end: Ended; row: RowOutcome | null },
  { ledger, clock }: DeliveryPorts,
): Promise<Sent> {
  const rows = members.map((member, index): End => {
    const { end, row } = endFor(member);
    return { ...end, line: member.row.line, attempt: call.attempts[index] ?? 0, row };
  });
  await ledger.closeCall({ claim, call: call.id, rows, at: clock.now() });
  const fates = members.map(({ row }, index) => ({ row, settled: rows[index]?.row?.state ?? null }));
  return { fates, lost: null };
}

/** The call had no effect; its rows go on in other ones. Its answer may be long, and is kept once. */
const refusedWhole = ({ status, code, message, ticket, answer }: CallResult, first: boolean): Ended => ({
  ...{ outcome: 'rejected', status, code, message, ticket, answer: first ? answer : null },
});

/** @param results `null` when the answer does not speak of rows: then it is about the one that there is */
function endOf(
  { row, part }: Member,
  action: CompiledAction,
  result: CallResult,
  results: BatchResults | null,
): { end: Ended; row: RowOutcome | null } {
  const { status, ticket } = result;
  const refused = results === null && !result.accepted ? result : null;
  const said = results?.rows.get(part.key) ?? results?.common ?? refused;
  if (said) {
    const { accepted, code, message, answer } = said;
    const outcome = accepted ? ('accepted' as const) : ('rejected' as const);
    const end = { outcome, status, code, message, ticket, answer };
    return { end, row: outcomeOf({ ...result, ...said }, action) };
  }
  const message = `the answer to ${action.operation.id} does not speak of this row`;
  const end: Ended = {
    ...{ outcome: 'in-doubt', status, code: 'CALL_IN_DOUBT', message, ticket, answer: null },
  };
  return { end, row: hopeless(row, action, true) };
}

/**
 * A row that the answers leave out again and again must not hold up the file.
 * @param alone whether the lost or missing word was about this row and no other
 */
function hopeless(
  { leftOut }: Pick<PendingRow, 'leftOut'>,
  { operation }: CompiledAction,
  alone: boolean,
): RowOutcome | null {
  if (operation.repeat.mode === 'never') return lostForGood(operation.id, operation.repeat);
  return alone && leftOut
    ? parked(`no answer to ${operation.id} speaks of this row, though it was sent again`)
    : null;
}
