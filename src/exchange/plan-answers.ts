/** Which files answer a round, and under which names. */
import { TidegateError } from '../base/errors.ts';
import type { Answer, AnswerKind, Arrival, Counts, PlannedAnswer } from '../ledger/port.ts';
import type { RemoteFolder } from '../remote/port.ts';
import { statesIn } from './answer-rows.ts';
import { answerName, joinPath, supplementName } from './file-names.ts';
import { pathsOf } from './parcel.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

const MOST_NAME_CHOICES = 1000;

type Wanted = Pick<PlannedAnswer, 'kind' | 'round'>;

/**
 * The answers that are to be written now: those of the round, or for a repeat all that the earlier arrival got, supplements included. Their names are on record
 * before the first upload, so that a restart writes to the same ones.
 */
export async function plannedAnswers(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Answer[]> {
  const known = await answersOfNow(arrival, ports);
  if (known.length > 0) return known;
  await planAnswers(arrival, feed, ports);
  return answersOfNow(arrival, ports);
}

async function answersOfNow(arrival: Arrival, { ledger }: InboundPorts): Promise<Answer[]> {
  const answers = await ledger.answers(arrival.id);
  return arrival.repeatOf === null ? answers.filter(({ round }) => round === arrival.round) : answers;
}

async function planAnswers(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<void> {
  const { ledger } = ports;
  const original = arrival.repeatOf === null ? null : await ledger.arrival(arrival.repeatOf);
  const earlier = original ? await ledger.answers(original.id) : [];
  const wanted = original ? earlier : await answersOfRound(arrival, feed, ports);
  const before = await ledger.answers(arrival.id);
  const plans: PlannedAnswer[] = [];
  for (const { kind, round } of wanted) {
    // The same file under the same name is answered under the same name.
    const again =
      original?.name === arrival.name
        ? earlier.find((answer) => answer.kind === kind && answer.round === round)
        : undefined;
    const path =
      again?.path ?? (await freePath({ kind, round }, arrival, feed, [...before, ...plans], ports));
    plans.push({ kind, round, path });
  }
  await ledger.planAnswers(arrival, plans);
}

async function answersOfRound(
  arrival: Arrival,
  feed: InboundFeed,
  { ledger }: InboundPorts,
): Promise<Wanted[]> {
  const { round } = arrival;
  const kinds =
    round === 0
      ? firstKinds(arrival, feed)
      : supplementKinds(feed, await ledger.countRound(arrival.id, round));
  return kinds.map((kind) => ({ kind, round }));
}

/** Also those without a line: the partner waits for them. */
function firstKinds(arrival: Arrival, feed: InboundFeed): AnswerKind[] {
  const rejects: AnswerKind[] = feed.answer.rejects && arrival.counts.rejected > 0 ? ['rejects'] : [];
  if (arrival.problem || feed.answer.files === 'one') return [...rejects, 'acknowledgement'];
  return [...rejects, 'failure', 'success'];
}

function supplementKinds({ answer }: InboundFeed, counts: Counts): AnswerKind[] {
  const kinds: AnswerKind[] = answer.files === 'one' ? ['acknowledgement'] : ['failure', 'success'];
  if (answer.rejects) kinds.unshift('rejects');
  return kinds.filter((kind) => statesIn[kind].some((state) => counts[state] > 0));
}

async function isFree(paths: readonly string[], remote: RemoteFolder): Promise<boolean> {
  for (const path of paths) if (await remote.stat(path)) return false;
  return true;
}

/** @param planned answers of the arrival that have their names: a supplement is named after the first one */
export async function freePath(
  wanted: Wanted,
  arrival: Arrival,
  feed: InboundFeed,
  planned: readonly PlannedAnswer[],
  { ledger, remote }: InboundPorts,
): Promise<string> {
  const first = planned.filter(({ round }) => round === 0);
  const sibling = first.find(({ kind }) => kind === wanted.kind) ?? first[0];
  for (let choice = 1; choice <= MOST_NAME_CHOICES; choice++) {
    const name =
      wanted.round > 0 && sibling
        ? supplementName(feed, arrival, wanted, sibling, choice)
        : answerName(feed, arrival, wanted.kind, choice);
    const path = joinPath(feed.folders.out, name);
    if (await ledger.answerPathTaken(arrival.partner, path, arrival.id)) continue;
    if (await isFree(pathsOf(path, feed.answer.parcel), remote)) return path;
  }
  throw new TidegateError('REMOTE_EXISTS', 'no free name is left for the answer', {
    subject: `arrival ${arrival.id}`,
    fix: `Clear old answers out of ${feed.folders.out}.`,
  });
}
