import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { spoolFailure } from '../base/spool-failure.ts';

export type SubjectKind = 'arrival' | 'archive' | 'outbound' | 'reply';

/** What working copies belong to, with its number in the ledger. */
export type Subject = `${SubjectKind}-${number}`;

/** Local working copies, named by numbers: a remote name never becomes a local path. Fails with `SPOOL_FAILED`. */
export interface Spool {
  /**
   * The same, with names of its own for who holds a lease under this token: a process that stood still past its lease does not write into what another one
   * is working with.
   */
  heldWith(token: number): Spool;
  /** Takes over what earlier holders have brought or finished, and removes what they were building. */
  takeOver(subject: Subject): Promise<void>;
  /** Removes what this holder has, and nothing of others. */
  abandon(subject: Subject): Promise<void>;
  /** Nothing stays, whoever has left it. */
  clear(subject: Subject): Promise<void>;
  /** The numbers of which something lies here. */
  left(kind: SubjectKind): Promise<number[]>;
  /** Where the source of an arrival is kept while it is worked on. */
  source(arrival: number): string;
  /** Where the content of a source is kept that was packed. */
  content(arrival: number): string;
  /** Where a file is kept that rows of an arrival name. */
  attachment(arrival: number, number: number): string;
  /** Where an answer is built before it is uploaded. */
  draft(arrival: number, kind: string): string;
  /** Where an answer is kept, packed, until it is brought out. */
  packed(arrival: number, kind: string): string;
  /** A new name for something short-lived. */
  scratch(): string;
  /** Whether the file is there with this hash. */
  holds(path: string, sha256: string): Promise<boolean>;
  discard(path: string): Promise<void>;
  /** A working copy for an archive. */
  archived(archive: number, what: string): string;
  /** Where a file is built that is brought out; the others that it takes are told apart by `what`. */
  outbound(file: number, what?: string): string;
  /** Where a reply is kept while it is taken in. */
  reply(reply: number): string;
  /** Where the content of a reply is kept that was packed. */
  replyContent(reply: number): string;
}

export async function openSpool(folder: string): Promise<Spool> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw spoolFailure(folder, 'the spool folder cannot be made', cause);
  }
  return spoolIn(folder, '');
}

/** @param holder stands before what a file is, with a dot; empty where nobody else can be at work */
function spoolIn(folder: string, holder: string): Spool {
  const at = (subject: Subject, what: string): string => join(folder, `${subject}.${holder}${what}`);
  return {
    heldWith: (token) => spoolIn(folder, `${token}.`),
    takeOver: (subject) => named(folder, takeOver(folder, subject, holder)),
    abandon: (subject) => named(folder, clear(folder, `${subject}.${holder}`)),
    clear: (subject) => named(folder, clear(folder, `${subject}.`)),
    async left(kind) {
      const found = (await listed(folder)).flatMap(
        (name) => new RegExp(`^${kind}-(\\d+)\\.`).exec(name)?.[1] ?? [],
      );
      return [...new Set(found.map(Number))];
    },
    source: (arrival) => at(`arrival-${arrival}`, 'source'),
    content: (arrival) => at(`arrival-${arrival}`, 'content'),
    attachment: (arrival, number) => at(`arrival-${arrival}`, `attachment-${number}`),
    draft: (arrival, kind) => at(`arrival-${arrival}`, kind),
    packed: (arrival, kind) => at(`arrival-${arrival}`, `packed-${kind}`),
    scratch: () => join(folder, `scratch-${randomUUID()}`),
    async holds(path, sha256) {
      if (!(await stat(path).catch(() => null))) return false;
      const hash = createHash('sha256');
      await named(path, pipeline(createReadStream(path), hash));
      return hash.digest('hex') === sha256;
    },
    discard: (path) => named(path, rm(path, { force: true })),
    archived: (archive, what) => at(`archive-${archive}`, what),
    reply: (reply) => at(`reply-${reply}`, 'source'),
    replyContent: (reply) => at(`reply-${reply}`, 'content'),
    outbound: (file, what = 'written') => at(`outbound-${file}`, what),
  };
}

const listed = (folder: string): Promise<string[]> =>
  readdir(folder).catch((cause: unknown) => {
    throw spoolFailure(folder, 'the spool folder cannot be read', cause);
  });

/** What was brought, written to its end or packed can serve the next holder, who compares its hash; a draft cannot. */
const kept = /^(source|attachment-\d+|written|packed|packed-.+)$/;

async function takeOver(folder: string, subject: Subject, holder: string): Promise<void> {
  const mine = `${subject}.${holder}`;
  const others = (await readdir(folder)).flatMap((name) => {
    if (!name.startsWith(`${subject}.`) || name.startsWith(mine)) return [];
    const { token = '0', what = '' } = /\.(?:(?<token>\d+)\.)?(?<what>[^.]+)$/.exec(name)?.groups ?? {};
    return [{ name, token: Number(token), what }];
  });
  // The latest comes last, over those before.
  for (const { name, what } of others.sort((one, other) => one.token - other.token))
    if (kept.test(what)) await rename(join(folder, name), join(folder, mine + what));
    else await rm(join(folder, name), { force: true });
}

async function clear(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(prefix)) await rm(join(folder, name), { force: true });
}

async function named(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw spoolFailure(path, 'a working copy cannot be read or removed', cause);
  }
}
