/** The checksum file beside a source: what it states holds for the bytes as they were received. */
import { readFile } from 'node:fs/promises';
import { TidegateError } from '../base/errors.ts';
import type { Arrival, NewAttachment, Problem } from '../ledger/port.ts';
import { checksumOf, statedChecksum } from '../packing/checksum.ts';
import { displayName } from '../remote/names.ts';
import { bringSource, problemOf } from './fetch.ts';
import { joinPath } from './file-names.ts';
import { doneFileFor } from './gate.ts';
import type { Checksum, InboundFeed, InboundPorts } from './types.ts';

/** One line, or one for every file of a month. */
const MAX_BYTES = 256 * 1024;

/** `right`: the source may be read. `gone`: it is not what was fetched any more. `refused`: it is, and it never was what was stated. */
export type Checked =
  | { kind: 'right' }
  | { kind: 'gone'; why: string }
  | { kind: 'refused'; problem: Problem };

const right: Checked = { kind: 'right' };

/**
 * Compares the fetched source with what is stated beside it, and keeps the checksum file with the arrival, so that it is filed with the source. While they differ the
 * partner may be writing one of the two: fails with `FILE_CHECKSUM` for as long as the feed waits. Bytes that were worked off before are what they are.
 */
export async function checkSource(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Checked> {
  const { checksum } = feed;
  if (!checksum) return right;
  const name = doneFileFor(arrival.name, checksum.pattern);
  const known = await ports.ledger.attachments(arrival.id);
  if (known.some((one) => one.name === name)) return right;
  const companion = await bring(arrival, name, ports);
  if (!companion && !checksum.required) return right;

  const number = (known.at(-1)?.number ?? 0) + 1;
  const keep = async (): Promise<void> => {
    if (companion) await ports.ledger.keepAttachment(arrival, { ...companion.file, number });
  };
  const stated = companion && statedChecksum(companion.text, arrival.name, checksum.algorithm);
  if (arrival.repeatOf !== null || (stated && stated === (await actual(arrival, checksum, ports)))) {
    await keep();
    return right;
  }
  const error = mismatch(arrival, name, companion && (stated ? 'other' : 'unreadable'), checksum);
  if (ports.clock.now() - arrival.claimedAt < checksum.waitMs) {
    if (await looksChanged(arrival, ports))
      return { kind: 'gone', why: 'it changed while its checksum was waited for' };
    throw error;
  }
  // Equal sizes and times may still hide that it was written anew.
  const brought = await bringSource(arrival, feed, ports);
  if (brought.kind !== 'whole') return brought;
  if (brought.file.sha256 !== arrival.sha256)
    return { kind: 'gone', why: 'it changed while its checksum was waited for' };
  await keep();
  return { kind: 'refused', problem: problemOf(error) };
}

async function bring(
  arrival: Arrival,
  name: string,
  { remote, spool }: InboundPorts,
): Promise<{ text: string; file: Omit<NewAttachment, 'number'> } | null> {
  const { folder } = arrival;
  const path = joinPath(folder, name);
  const found = await remote.stat(path);
  if (found?.kind !== 'file') return null;
  const local = spool.draft(arrival.id, 'checksum');
  await spool.discard(local);
  try {
    const { bytes, sha256 } = await remote.fetch(path, local, MAX_BYTES);
    const text = await readFile(local, 'latin1');
    return { text, file: { folder, name, size: bytes, modifiedAt: found.modifiedAt, sha256 } };
  } catch (error) {
    const other = ['FILE_TOO_LARGE', 'REMOTE_MISSING', 'REMOTE_CHANGED'];
    if (error instanceof TidegateError && other.includes(error.code)) return null;
    throw error;
  } finally {
    await spool.discard(local);
  }
}

async function actual(
  { id, sha256 }: Arrival,
  { algorithm }: Checksum,
  { spool }: InboundPorts,
): Promise<string | null> {
  return algorithm === 'sha256' ? sha256 : checksumOf(spool.source(id), algorithm);
}

async function looksChanged(
  { folder, name, size, modifiedAt }: Arrival,
  { remote }: InboundPorts,
): Promise<boolean> {
  const found = await remote.stat(joinPath(folder, name));
  return found?.size !== size || found.modifiedAt !== modifiedAt;
}

function mismatch(
  { name }: Arrival,
  companion: string,
  seen: 'other' | 'unreadable' | null,
  { algorithm }: Checksum,
): TidegateError {
  const beside = displayName(companion);
  const problem = {
    other: `the file does not have the checksum that ${beside} states`,
    unreadable: `${beside} states no ${algorithm} checksum of the file`,
    none: `${beside} is not there any more`,
  }[seen ?? 'none'];
  return new TidegateError('FILE_CHECKSUM', problem, {
    place: { file: displayName(name) },
    expected: `the line that \`${algorithm}sum ${displayName(name)}\` prints`,
    fix: 'Send the file again, and its checksum file with it.',
    retry: 'later',
  });
}
