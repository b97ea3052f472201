/** Files that rows name: they are brought with the CSV, and from then on the row means these bytes. */
import { TidegateError } from '../base/errors.ts';
import type { Arrival, Attachment, NewAttachment } from '../ledger/port.ts';
import type { NamedFile, RowPlan, Violation } from '../mapping/types.ts';
import { displayName } from '../remote/names.ts';
import type { RemoteEntry } from '../remote/port.ts';
import { joinPath } from './file-names.ts';
import { patience } from './gate.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** By name. A text says why the file cannot be sent, as a rule that it breaks. */
export type Files = ReadonlyMap<string, Attachment | NewAttachment | { broken: string }>;

export const noFiles: Files = new Map();

/**
 * What rows name, in the spool and on record; what is on record already stays what it was. Throws when a file is still being written: the arrival waits.
 * @param names as the mapping has checked them
 */
export async function bringFiles(
  arrival: Arrival,
  names: ReadonlySet<string>,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Files> {
  if (names.size === 0) return noFiles;
  const known = await ports.ledger.attachments(arrival.id);
  const files = new Map<string, Attachment | NewAttachment | { broken: string }>(
    known.map((one) => [one.name, one]),
  );
  const wanted = [...names].filter((name) => !files.has(name));
  const lying = wanted.length > 0 ? await lookTwice(wanted, feed, ports) : new Map<string, RemoteEntry>();
  let number = known.at(-1)?.number ?? 0;
  for (const name of wanted) {
    const entry = lying.get(name);
    const found = entry ? await bringFile(arrival, number + 1, entry, feed, ports) : missing(feed);
    if ('sha256' in found) number = found.number;
    files.set(name, found);
  }
  return files;
}

/** The files that lie there and rest, as a CSV must before it is taken. */
async function lookTwice(
  names: readonly string[],
  { attachments: { folder }, readyWhen }: InboundFeed,
  { remote, clock, signal }: InboundPorts,
): Promise<Map<string, RemoteEntry>> {
  const list = async (): Promise<Map<string, RemoteEntry>> => {
    const wanted = new Set(names);
    const entries = await remote.list(folder).catch((error: unknown): RemoteEntry[] => {
      if (error instanceof TidegateError && error.code === 'REMOTE_MISSING') return [];
      throw error;
    });
    return new Map(entries.filter(({ name }) => wanted.has(name)).map((entry) => [entry.name, entry]));
  };
  const first = await list();
  const { modifiedAtResolutionMs } = await remote.traits();
  const rest = patience(readyWhen, modifiedAtResolutionMs);
  // A done-file says that everything is there.
  if (rest.kind === 'done-file') return first;
  await clock.sleep(rest.forMs, signal);
  const second = await list();
  for (const [name, { size, modifiedAt }] of second) {
    const before = first.get(name);
    if (before?.size !== size || before.modifiedAt !== modifiedAt) throw changing(name);
  }
  return second;
}

async function bringFile(
  arrival: Arrival,
  number: number,
  { name, kind, size, modifiedAt }: RemoteEntry,
  { attachments: { folder, maxBytes } }: InboundFeed,
  { remote, spool, room, ledger }: InboundPorts,
): Promise<NewAttachment | { broken: string }> {
  const tooLarge = { broken: `a file of at most ${maxBytes} bytes` };
  if (kind !== 'file') return { broken: 'a regular file' };
  if (size > maxBytes) return tooLarge;
  room.demand(size);
  const local = spool.attachment(arrival.id, number);
  await spool.discard(local);
  try {
    const { bytes, sha256 } = await remote.fetch(joinPath(folder, name), local, maxBytes);
    const attachment = { number, folder, name, size: bytes, modifiedAt, sha256 };
    await ledger.keepAttachment(arrival, attachment);
    return attachment;
  } catch (error) {
    const code = error instanceof TidegateError ? error.code : null;
    if (code === 'FILE_TOO_LARGE') return tooLarge;
    if (code === 'REMOTE_MISSING' || code === 'REMOTE_CHANGED') throw changing(name, error);
    throw error;
  }
}

const missing = ({ attachments: { folder } }: InboundFeed) => ({
  broken: `a file that lies in ${folder} before the CSV is taken`,
});

const changing = (name: string, cause?: unknown): TidegateError =>
  new TidegateError('REMOTE_CHANGED', 'a file that a row names is still being written', {
    subject: displayName(name),
    fix: 'Nothing to do here: the next poll looks again. Files that rows name are to be there before the CSV is.',
    retry: 'later',
    cause,
  });

/** The plan with what tells the file from any other, or what is wrong with it. The content is put in when the call is made. */
export function withFile(
  plan: RowPlan,
  { column, name, field }: NamedFile,
  files: Files,
): RowPlan | Violation {
  const file = files.get(name);
  if (!file || 'broken' in file) {
    const fix = 'put such a file there, then send the line again';
    return { column, rule: file?.broken ?? 'a file that was brought', value: name, fix };
  }
  const given = plan.request[field];
  const named = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {};
  const told = { ...named, size: file.size, sha256: file.sha256 };
  return { ...plan, request: { ...plan.request, [field]: told } };
}
