import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TidegateError } from '../base/errors.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import { spoolFailure } from '../base/spool-failure.ts';
import type { Operation } from '../connectors/port.ts';
import type { Turn } from '../delivery/target.ts';
import type { Arrival, Attachment } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import { joinPath } from './file-names.ts';
import type { InboundPorts } from './types.ts';

/**
 * Puts the content of a file into a request that names one, when the call is made: it is in memory for as long as the call, and nowhere on record. Always the bytes
 * that were recorded: from the spool, else from where the file lies by now. Fails with `CALL_FAILED` when neither has them any more.
 */
export function completeWithContent(arrival: Arrival, ports: InboundPorts): NonNullable<Turn['complete']> {
  // Nothing is added or moved while rows are delivered, and a file may have as many attachments as rows.
  let recorded: Promise<ReadonlyMap<string, Attachment>> | null = null;
  /** Rows that share a file must not bring it at the same time. */
  const reading = new Map<number, Promise<Buffer>>();
  return async ({ attachment }: Operation, request: JsonObject): Promise<JsonObject> => {
    const told = attachment && request[attachment.field];
    if (!attachment || !isObject(told) || typeof told['sha256'] !== 'string') return request;
    const { size: _size, sha256, ...sent } = told;
    recorded ??= bySha256(arrival, ports).catch((error: unknown) => {
      recorded = null;
      throw error;
    });
    const kept = (await recorded).get(sha256);
    if (!kept) throw lost(String(sent[attachment.name]));
    const before = reading.get(kept.number)?.catch(() => undefined);
    const read = Promise.resolve(before).then(() => contentOf(arrival, kept, ports));
    reading.set(kept.number, read);
    const bytes = await read.finally(() => {
      if (reading.get(kept.number) === read) reading.delete(kept.number);
    });
    const content = bytes.toString(attachment.encoding);
    return { ...request, [attachment.field]: { ...sent, [attachment.content]: content } };
  };
}

/** Of several with the same bytes, the first. */
async function bySha256({ id }: Arrival, { ledger }: InboundPorts): Promise<ReadonlyMap<string, Attachment>> {
  return new Map((await ledger.attachments(id)).toReversed().map((one) => [one.sha256, one]));
}

async function contentOf(arrival: Arrival, file: Attachment, ports: InboundPorts): Promise<Buffer> {
  const { remote, spool } = ports;
  const local = spool.attachment(arrival.id, file.number);
  const spooled = await readIfSame(local, file);
  if (spooled) return spooled;
  await spool.discard(local);
  try {
    await remote.fetch(file.settleAs ?? joinPath(file.folder, file.name), local, file.size);
  } catch (error) {
    const gone = ['REMOTE_MISSING', 'REMOTE_CHANGED', 'FILE_TOO_LARGE'];
    throw error instanceof TidegateError && gone.includes(error.code) ? lost(file.name, error) : error;
  }
  const fetched = await readIfSame(local, file);
  if (fetched) return fetched;
  await spool.discard(local);
  throw lost(file.name);
}

async function readIfSame(local: string, { sha256 }: Attachment): Promise<Buffer | null> {
  try {
    const bytes = await readFile(local);
    return hash('sha256', bytes) === sha256 ? bytes : null;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw spoolFailure(local, 'a working copy cannot be read', cause);
  }
}

const lost = (name: string, cause?: unknown): TidegateError =>
  new TidegateError('CALL_FAILED', 'the file that goes with the row is no longer what was recorded', {
    subject: displayName(name),
    fix: 'Send the file and the line again.',
    retry: 'never',
    cause,
  });
