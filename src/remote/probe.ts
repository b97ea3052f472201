/** Finds out what a server does with files, on hidden files of our own with names that every probe uses and cleans up. */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import { always } from '../base/permit.ts';
import type { Files } from './files.ts';
import type { ServerTraits } from './traits.ts';

/** Of unequal length, so that a stated size tells them apart. */
const contents = { first: sample('first', 1_000), second: sample('second', 2_222) };

/** Longer than the whole seconds of SFTP version 3. */
const betweenWritesMs = 1_100;
const resolutionsMs = [60_000, 2_000, 1_000, 100, 10, 1];
/** A clock that is set wrong, or to another time zone, still tells one write from the next; one that stands still in the past does not. */
const plausibleMs = 36 * 3_600_000;

/**
 * Tries renaming, linking, times and sizes in `folder` and leaves nothing behind; what a probe that was cut off has left is removed first. Fails like any other
 * operation when the server cannot be used, and with `REMOTE_UNVERIFIED` when it does not keep what it is given.
 */
export async function probeFiles(
  files: Files,
  folder: string,
  clock: Clock,
): Promise<Omit<ServerTraits, 'sessions'>> {
  const [first, second] = pathsIn(folder);
  try {
    await tidyProbe(files, folder);
    const written = await tryWriting(files, first, second, clock);
    const renameOntoExisting = await tryRename(files, second, first);
    return {
      ...written,
      renameOntoExisting,
      posixRename: await tryReplacing(files, second, first),
      hardlink: await tryLink(files, first, second),
    };
  } finally {
    for (const path of [first, second]) await files.discard(path, always);
  }
}

/** Removes what a probe has left that was cut off. */
export async function tidyProbe(files: Files, folder: string): Promise<void> {
  for (const path of pathsIn(folder)) await files.unlink(path, always);
}

const pathsIn = (folder: string): [string, string] => [
  `${folder}/.tidegate-probe.first.part`,
  `${folder}/.tidegate-probe.second.part`,
];

async function tryWriting(
  files: Files,
  first: string,
  second: string,
  clock: Clock,
): Promise<Pick<ServerTraits, 'modifiedAtResolutionMs' | 'sizes'>> {
  const times = [await writtenAt(files, first, contents.first)];
  // A round time may be one by chance; whole seconds are what most servers have.
  if ((resolutionOf(times, clock.now()) ?? 0) > 1_000) await clock.sleep(betweenWritesMs);
  times.push(await writtenAt(files, second, contents.second));
  const sizes = (await statesSizes(files, first, second)) ? 'exact' : 'unreliable';
  return { modifiedAtResolutionMs: resolutionOf(times, clock.now()), sizes };
}

async function writtenAt(files: Files, path: string, content: Buffer): Promise<number> {
  await files.create(path, one(content));
  if (await holds(files, path, content)) return (await files.stat(path))?.modifiedAt ?? 0;
  throw new TidegateError('REMOTE_UNVERIFIED', 'the server does not hold the bytes that were uploaded', {
    subject: path,
    fix: 'Check free space and quota at the server.',
    retry: 'later',
  });
}

/** The coarsest of the usual resolutions that fits all times: taken for coarser than it is by chance, never for finer. */
function resolutionOf(times: readonly number[], now: number): number | null {
  if (times.some((time) => Math.abs(now - time) > plausibleMs)) return null;
  return resolutionsMs.find((resolution) => times.every((time) => Math.floor(time) % resolution === 0)) ?? 1;
}

/** Listings count as well: they say which files are complete. */
async function statesSizes(files: Files, first: string, second: string): Promise<boolean> {
  const [one, other] = [await files.stat(first), await files.stat(second)];
  const folder = first.slice(0, first.lastIndexOf('/'));
  const listed = new Map((await files.list(folder || '/')).map(({ name, size }) => [name, size]));
  const stated = [one?.size, other?.size, listed.get(nameOf(first)), listed.get(nameOf(second))];
  const { length: short } = contents.first;
  const { length: long } = contents.second;
  return [short, long, short, long].every((size, index) => stated[index] === size);
}

async function tryRename(
  files: Files,
  from: string,
  taken: string,
): Promise<ServerTraits['renameOntoExisting']> {
  const done = await attempt(() => files.rename(from, taken, always));
  // A server that answers with a failure and has done away with a file is no better than one that replaces.
  const untouched =
    (await holds(files, taken, contents.first)) && (await holds(files, from, contents.second));
  return !done && untouched ? 'refused' : 'replaces';
}

async function tryReplacing(files: Files, from: string, taken: string): Promise<boolean> {
  if (!files.replace) return false;
  await write(files, from, contents.second);
  await write(files, taken, contents.first);
  const done = await attempt(() => files.replace?.(from, taken, always));
  return done && (await holds(files, taken, contents.second));
}

async function tryLink(files: Files, from: string, to: string): Promise<boolean> {
  if (!files.link) return false;
  await write(files, from, contents.first);
  await write(files, to, contents.second);
  const link = (): Promise<boolean> => attempt(() => files.link?.(from, to, always));
  if ((await link()) || !(await holds(files, to, contents.second))) return false;
  await files.unlink(to, always);
  if (!(await link())) return false;
  await files.unlink(from, always);
  return holds(files, to, contents.first);
}

async function write(files: Files, path: string, content: Buffer): Promise<void> {
  await files.unlink(path, always);
  await files.create(path, one(content));
}

/** Whether the server did it. A refusal is an answer; a server that is gone has given none. */
async function attempt(work: () => Promise<void> | undefined): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof TidegateError && ['REMOTE_FAILED', 'REMOTE_MISSING'].includes(error.code))
      return false;
    throw error;
  }
}

async function holds(files: Files, path: string, content: Buffer): Promise<boolean> {
  if ((await files.stat(path)) === null) return false;
  const chunks: Buffer[] = [];
  for await (const chunk of files.read(path, content.length + 1)) chunks.push(chunk);
  return Buffer.concat(chunks).equals(content);
}

async function* one(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

function sample(seed: string, length: number): Buffer {
  const block = createHash('sha256').update(`tidegate ${seed}`).digest();
  return Buffer.alloc(length, block);
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
