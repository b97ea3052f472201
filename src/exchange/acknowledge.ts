import { badFiles, undecided } from '../alerts/arrival-notices.ts';
import { TidegateError } from '../base/errors.ts';
import { writeCsv } from '../csv/writer.ts';
import type { Answer, AnswerKind, Arrival, Disposition, Ledger } from '../ledger/port.ts';
import { inspectName } from '../remote/names.ts';
import type { Transferred } from '../remote/port.ts';
import { answerTable } from './answer-table.ts';
import { joinPath, numberedName } from './file-names.ts';
import { arrivalNotices } from './notices.ts';
import { packedAs, packFor, putCompanions } from './parcel.ts';
import { freePath, plannedAnswers } from './plan-answers.ts';
import { over, raise } from './raise.ts';
import { oddNotices } from './seen.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** The acknowledgement comes last: it is the sign that the answer is complete. */
const uploadOrder: readonly AnswerKind[] = ['rejects', 'failure', 'success', 'acknowledgement'];

/**
 * delivered → acknowledged: every answer of the round lies complete under its final name, and what a person should know is on record. What was answered before
 * is never touched: a later round gives a supplement with its own rows alone.
 */
export async function acknowledge(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Arrival> {
  const { ledger, clock } = ports;
  const planned = await plannedAnswers(arrival, feed, ports);
  for (const answer of planned.toSorted(byUpload))
    if (!answer.written) await writeAnswer(answer, arrival, feed, ports);

  const { disposition, settleAs } = await filing(arrival, feed, ports);
  const answers = await plannedAnswers(arrival, feed, ports);
  const source = arrival.round === 0 ? settleAs : null;
  const rejects = answers.find(({ kind, round }) => kind === 'rejects' && round === arrival.round);
  const whereabouts = { answers: answers.map(({ path }) => path), rejects: rejects?.path ?? null, source };
  const isBad = tooManyRejects(arrival, feed);
  for (const notice of await arrivalNotices(arrival, feed, whereabouts, isBad, ledger))
    await raise(notice, ports);
  for (const notice of await oddNotices(arrival, feed, ledger)) await raise(notice, ports);
  if (!isBad && arrival.repeatOf === null) await over({ cause: badFiles(arrival) }, ports);
  if (arrival.round > 0 && arrival.counts.parked === 0) await over({ cause: undecided(arrival) }, ports);
  return ledger.acknowledged(arrival, disposition, settleAs, clock.now());
}

const byUpload = (a: Answer, b: Answer): number =>
  a.round - b.round || uploadOrder.indexOf(a.kind) - uploadOrder.indexOf(b.kind);

async function writeAnswer(
  answer: Answer,
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<void> {
  const { ledger, spool, clock } = ports;
  const draft = spool.draft(arrival.id, answer.kind);
  await spool.discard(draft);
  await writeCsv(draft, answerTable(answer, arrival, feed, ledger));
  const written = await putUnderFreeName(draft, answer, arrival, feed, ports);
  const { parcel } = feed.answer;
  const packing = parcel && packedAs(parcel);
  await ledger.answerWritten(arrival, answer, { ...written, packing }, clock.now());
  await spool.discard(draft);
  await spool.discard(spool.packed(arrival.id, answer.kind));
}

/** Somebody may have put other bytes under the planned name since; theirs stay, and the answer takes the next name. */
async function putUnderFreeName(
  draft: string,
  answer: Answer,
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Transferred> {
  const { kind, round, path } = answer;
  try {
    return await putAnswer(draft, path, answer, arrival, feed, ports);
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'REMOTE_EXISTS') throw error;
    const planned = await ports.ledger.answers(arrival.id);
    const other = await freePath({ kind, round }, arrival, feed, planned, ports);
    await ports.ledger.planAnswers(arrival, [{ kind, round, path: other }]);
    return putAnswer(draft, other, answer, arrival, feed, ports);
  }
}

/** As it is, or packed and with its companions. */
async function putAnswer(
  draft: string,
  path: string,
  answer: Answer,
  arrival: Arrival,
  { answer: { parcel } }: InboundFeed,
  ports: InboundPorts,
): Promise<Transferred> {
  const { ledger, remote, spool } = ports;
  if (!parcel) return remote.put(draft, path);
  const known = (await packedBefore(answer, path, arrival, ledger)) ?? null;
  const record = (file: Transferred): Promise<void> => ledger.answerPacked(arrival, answer, file);
  const packing = { content: draft, packed: spool.packed(arrival.id, answer.kind), known, record };
  const { file, local } = await packFor(path, parcel, packing, ports);
  if (local !== null) await remote.put(local, path);
  await putCompanions(path, file, parcel, spool.draft(arrival.id, `beside-${answer.kind}`), ports);
  return file;
}

/** By an earlier try; or by the arrival that this one repeats, whose answer may still lie there. */
async function packedBefore(
  { kind, round }: Answer,
  path: string,
  { id, repeatOf }: Arrival,
  ledger: Ledger,
): Promise<Transferred | null | undefined> {
  const of = async (arrival: number) =>
    (await ledger.answers(arrival)).find((one) => one.kind === kind && one.round === round);
  const own = (await of(id))?.packed;
  if (own || repeatOf === null) return own;
  const earlier = await of(repeatOf);
  return earlier?.path === path ? earlier.written : null;
}

interface Filing {
  disposition: Disposition;
  settleAs: string | null;
}

/** Decided once: a later round files nothing. */
async function filing(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Filing> {
  const { disposition, settleAs } = arrival;
  return disposition === null ? decideFiling(arrival, feed, ports) : { disposition, settleAs };
}

async function decideFiling(
  arrival: Arrival,
  feed: InboundFeed,
  { ledger, remote }: InboundPorts,
): Promise<Filing> {
  const verdict = inspectName(arrival.name);
  if (!verdict.safe && !verdict.usableAsPath) return { disposition: 'left', settleAs: null };
  const original = arrival.repeatOf === null ? null : await ledger.arrival(arrival.repeatOf);
  const disposition = tooManyRejects(original ?? arrival, feed) ? 'errored' : 'processed';
  const name = verdict.safe ? arrival.name : `arrival-${arrival.id}.csv`;
  const path = joinPath(feed.folders[disposition], name);
  const { renameOntoExisting, hardlink } = await remote.traits();
  // Where nothing refuses a taken name, only one that nobody else would choose is safe.
  const mayReplace = renameOntoExisting === 'replaces' && !hardlink;
  const settleAs =
    mayReplace || (await remote.stat(path))
      ? joinPath(feed.folders[disposition], numberedName(name, arrival.id))
      : path;
  return { disposition, settleAs };
}

function tooManyRejects({ problem, counts }: Arrival, { rejectsAllowed }: InboundFeed): boolean {
  if (problem) return true;
  return (
    counts.rejected > ('rows' in rejectsAllowed ? rejectsAllowed.rows : rejectsAllowed.share * counts.rows)
  );
}
