import { TidegateError } from '../base/errors.ts';
import { writeCsv } from '../csv/writer.ts';
import type { Answer, AnswerKind, Arrival, Disposition, Ledger } from '../ledger/port.ts';
import { inspectName } from '../remote/names.ts';
import type { Transferred } from '../remote/port.ts';
import { answerCells, answerHeader, problemCells, statesIn } from './answer-rows.ts';
import { answerName, joinPath, numberedName } from './file-names.ts';
import { arrivalNotices } from './notices.ts';
import { raise } from './raise.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** The acknowledgement comes last: it is the sign that the answer is complete. */
const uploadOrder: readonly AnswerKind[] = ['rejects', 'failure', 'success', 'acknowledgement'];
const PAGE = 1000;
const MOST_NAME_CHOICES = 1000;

/** delivered → acknowledged: every answer lies complete under its final name, and what a person should know is on record. */
export async function acknowledge(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Arrival> {
  const { ledger, clock } = ports;
  if ((await ledger.answers(arrival.id)).length === 0) await planAnswers(arrival, feed, ports);
  const planned = await ledger.answers(arrival.id);
  for (const kind of uploadOrder) {
    const answer = planned.find((plan) => plan.kind === kind && !plan.written);
    if (answer) await writeAnswer(answer, arrival, feed, ports);
  }

  const { disposition, settleAs } = await decideFiling(arrival, feed, ports);
  const answers = await ledger.answers(arrival.id);
  const whereabouts = { answers: answers.map(({ path }) => path), source: settleAs };
  for (const notice of await arrivalNotices(arrival, whereabouts, ledger)) await raise(notice, ports);
  return ledger.acknowledged(arrival, disposition, settleAs, clock.now());
}

/** The names are on record before the first upload, so that a restart writes to the same ones. */
async function planAnswers(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<void> {
  const { ledger } = ports;
  const original = arrival.repeatOf === null ? null : await ledger.arrival(arrival.repeatOf);
  const earlier = original ? await ledger.answers(original.id) : [];
  const kinds = original ? earlier.map(({ kind }) => kind) : answerKinds(arrival, feed);
  const plans = [];
  for (const kind of kinds) {
    // The same file under the same name is answered under the same name.
    const again =
      original?.name === arrival.name ? earlier.find((answer) => answer.kind === kind) : undefined;
    plans.push({ kind, path: again?.path ?? (await freePath(kind, arrival, feed, ports)) });
  }
  await ledger.planAnswers(arrival, plans);
}

function answerKinds(arrival: Arrival, feed: InboundFeed): AnswerKind[] {
  const rejects: AnswerKind[] = feed.answer.rejects && arrival.counts.rejected > 0 ? ['rejects'] : [];
  if (arrival.problem || feed.answer.files === 'one') return [...rejects, 'acknowledgement'];
  return [...rejects, 'failure', 'success'];
}

async function freePath(
  kind: AnswerKind,
  arrival: Arrival,
  feed: InboundFeed,
  { ledger, remote }: InboundPorts,
): Promise<string> {
  for (let choice = 1; choice <= MOST_NAME_CHOICES; choice++) {
    const path = joinPath(feed.folders.out, answerName(feed, arrival, kind, choice));
    if (!(await ledger.answerPathTaken(arrival.partner, path, arrival.id)) && !(await remote.stat(path)))
      return path;
  }
  throw new TidegateError('REMOTE_EXISTS', 'no free name is left for the answer', {
    subject: `arrival ${arrival.id}`,
    fix: `Clear old answers out of ${feed.folders.out}.`,
  });
}

async function writeAnswer(
  answer: Answer,
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<void> {
  const { ledger, spool, clock } = ports;
  const draft = spool.draft(arrival.id, answer.kind);
  await spool.discard(draft);
  await writeCsv(draft, {
    header: answer.kind === 'rejects' ? arrival.columns : answerHeader(arrival),
    rows: contentOf(answer.kind, arrival, ledger),
    ...(answer.kind === 'rejects' ? asTheFeedReads(arrival, feed) : {}),
  });
  const written = await putUnderFreeName(draft, answer, arrival, feed, ports);
  await ledger.answerWritten(arrival, answer.kind, written, clock.now());
  await spool.discard(draft);
}

/** The partner corrects the rejects and sends them as a file of this feed: same dialect, and a trailer where one is demanded. */
function asTheFeedReads({ columns }: Arrival, { dialect, mapping }: InboundFeed) {
  if (!dialect.trailer) return { dialect };
  const { marker, totalOf } = dialect.trailer;
  const total = mapping.header.columns.find(({ name }) => name === totalOf);
  const isTotal = (name: string): boolean => name === total?.name || total?.aliases.includes(name) === true;
  return { dialect, trailer: { marker, totalAt: totalOf === null ? null : columns.findIndex(isTotal) } };
}

/** Somebody may have put other bytes under the planned name since; theirs stay, and the answer takes the next name. */
async function putUnderFreeName(
  draft: string,
  { kind, path }: Answer,
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Transferred> {
  try {
    return await ports.remote.put(draft, path);
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'REMOTE_EXISTS') throw error;
    const other = await freePath(kind, arrival, feed, ports);
    await ports.ledger.planAnswers(arrival, [{ kind, path: other }]);
    return ports.remote.put(draft, other);
  }
}

async function* contentOf(
  kind: AnswerKind,
  arrival: Arrival,
  ledger: Ledger,
): AsyncGenerator<readonly string[]> {
  if (arrival.problem) {
    yield problemCells(arrival.problem, arrival);
    return;
  }
  const source = arrival.repeatOf ?? arrival.id;
  for (let after = 0; ; ) {
    const page = await ledger.answerRows(source, after, PAGE, statesIn[kind]);
    for (const row of page) yield kind === 'rejects' ? row.fields : answerCells(row, arrival);
    const last = page.at(-1);
    if (!last) return;
    after = last.line;
  }
}

async function decideFiling(
  arrival: Arrival,
  feed: InboundFeed,
  { ledger, remote }: InboundPorts,
): Promise<{ disposition: Disposition; settleAs: string | null }> {
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
