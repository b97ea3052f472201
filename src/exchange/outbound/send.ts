/**
 * The way of a file that is brought out: plan → write → pack → upload → rename → what lies beside it → sent. Each step starts from what the ledger says, so a kill costs time: what is planned is
 * written again, what is written is uploaded again, and nothing counts as sent before it lay complete under its final name with all that goes beside it. What was uploaded and is not there any
 * more has got its name: whoever it is for may have taken it away already, and must not get it twice.
 */
import { isDeepStrictEqual } from 'node:util';
import { TidegateError } from '../../base/errors.ts';
import type { NewOutbound, OutboundContents, OutboundFile } from '../../ledger/port.ts';
import type { Transferred } from '../../remote/port.ts';
import { isStale, keepLease } from '../lease.ts';
import { liesThere, packedAs, packFor, putCompanions } from '../parcel.ts';
import type { Subject } from '../spool.ts';
import type { Parcel } from '../types.ts';
import { freePath } from './free-path.ts';
import type { Making, OutboundPorts, WriteOutbound } from './types.ts';

/**
 * Gives the file its name, which is durable before anything is written. What was planned for the same key already comes back as it stands.
 * @param wanted with the path that it has unless that is taken, without what packing adds to it
 */
export async function planOutbound(
  wanted: Omit<NewOutbound, 'packing'>,
  parcel: Parcel | null,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const { ledger, owner, clock } = ports;
  const packing = parcel && packedAs(parcel);
  const named = { ...wanted, packing, path: wanted.path + suffixOf({ packing }) };
  return ledger.planOutbound({ ...named, path: await freePath(named, ports) }, owner, clock.now());
}

const suffixOf = ({ packing }: Pick<OutboundFile, 'packing'>): string => packing?.suffix ?? '';

/** planned, written → sent, or dropped when there is nothing to bring. One that has ended comes back as it is. */
export async function sendOutbound(
  planned: OutboundFile,
  making: Making,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const { ledger, owner, spool } = ports;
  const subject = spoolSubject(planned);
  if (hasEnded(planned)) {
    // The process may have ended between the two.
    await spool.clear(subject);
    return planned;
  }
  const lease = await keepLease(
    {
      subject: `outbound file ${planned.id}`,
      renew: (now) => ledger.renewOutbound(planned, owner, now),
      release: () => ledger.releaseOutbound(planned),
    },
    ports,
  );
  const permit = (): void => {
    ports.permit();
    lease.permit();
  };
  const held = {
    ...{ ...ports, signal: lease.signal, permit },
    ...{ remote: ports.remote.permittedBy(permit), spool: spool.heldWith(planned.token) },
  };
  try {
    await held.spool.takeOver(subject);
    let file = planned;
    while (!hasEnded(file)) {
      lease.signal.throwIfAborted();
      file = await step(file, making, held);
    }
    await spool.clear(subject);
    ports.report({ kind: 'outbound', file });
    return file;
  } catch (error) {
    if (isStale(error)) await held.spool.abandon(subject);
    throw error;
  } finally {
    await lease.end();
  }
}

const spoolSubject = ({ id }: Pick<OutboundFile, 'id'>): Subject => `outbound-${id}`;

const hasEnded = ({ state }: OutboundFile): boolean => state === 'sent' || state === 'dropped';

/** How a file is packed that was begun goes by what is agreed now, as long as nothing of it has come out. */
async function step(
  file: OutboundFile,
  { write, parcel }: Making,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  if (file.state === 'uploaded' && !(await ports.remote.holdsUpload(file.path))) return named(file, ports);
  const isAgreed = isDeepStrictEqual(file.packing, parcel && packedAs(parcel));
  if (!file.contents) return isAgreed ? make(file, write, ports) : replan(file, parcel, ports);
  return isAgreed
    ? bring(file, file.contents, parcel, ports)
    : finishOr(() => replan(file, parcel, ports), file, ports);
}

/** planned → written, or dropped. */
async function make(file: OutboundFile, write: WriteOutbound, ports: OutboundPorts): Promise<OutboundFile> {
  const { ledger, spool, room, clock } = ports;
  room.demand(0);
  const draft = spool.outbound(file.id);
  await spool.discard(draft);
  const written = await write(draft, ports);
  if (written === null) return ledger.outboundDropped(file, clock.now());
  const { rows, bytes, sha256 } = written;
  return ledger.outboundWritten(file, { rows, bytes, sha256 });
}

async function replan(
  file: OutboundFile,
  parcel: Parcel | null,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const packing = parcel && packedAs(parcel);
  const plain = file.path.slice(0, file.path.length - suffixOf(file).length);
  const path = await freePath({ ...file, packing, path: plain + suffixOf({ packing }) }, ports);
  // It may have begun to come out as it was agreed before.
  await takeBack(file, ports);
  return ports.ledger.outboundReplanned(file, { path, packing });
}

/** Nothing of an upload stays; what was uploaded counts as written before that, or it would be taken for sent. */
async function takeBack(file: OutboundFile, { ledger, remote }: OutboundPorts): Promise<void> {
  if (file.state === 'uploaded') await ledger.outboundRenamed(file, file.path);
  await remote.abandon(file.path);
}

/** uploaded → sent, as it is not there any more; unless somebody else has put other bytes under the name. */
async function named(file: OutboundFile, ports: OutboundPorts): Promise<OutboundFile> {
  const known = file.packing ? file.packed : file.contents;
  if (!known) throw new Error(`outbound file ${file.id} was uploaded, and nobody knows what`);
  const isTaken =
    (await ports.remote.stat(file.path)) !== null &&
    !(await liesThere(file.path, known, ports.spool.scratch(), ports));
  return isTaken
    ? ports.ledger.outboundRenamed(file, await freePath(file, ports))
    : finish(file, known, ports);
}

/** written, uploaded → sent. When its working copy is lost and it was not brought before, it goes back to be made anew. */
async function bring(
  file: OutboundFile,
  { bytes, sha256 }: OutboundContents,
  parcel: Parcel | null,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const { ledger, remote, spool, room } = ports;
  const draft = spool.outbound(file.id);
  if (!(await spool.holds(draft, sha256)))
    return finishOr(async () => ({ ...file, state: 'planned', contents: null }), file, ports);
  if (parcel && !file.packed) room.demand(bytes);
  let reached = file;
  const whenWhole = async (): Promise<void> => {
    reached = await ledger.outboundUploaded(file);
  };
  let lying: Transferred;
  try {
    lying = await (parcel
      ? putPacked(draft, file, parcel, whenWhole, ports)
      : remote.put(draft, file.path, whenWhole));
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'REMOTE_EXISTS') throw error;
    // Somebody put other bytes under the name since it was chosen; theirs stay.
    await takeBack(reached, ports);
    return ledger.outboundRenamed(file, await freePath(file, ports));
  }
  return finish(file, lying, ports);
}

async function putPacked(
  content: string,
  { id, token, path, packed: known }: OutboundFile,
  parcel: Parcel,
  whenWhole: () => Promise<void>,
  ports: OutboundPorts,
): Promise<Transferred> {
  const { ledger, remote, spool } = ports;
  const record = async (packed: Transferred): Promise<void> => {
    await ledger.outboundPacked({ id, token }, packed);
  };
  const packing = { content, packed: spool.outbound(id, 'packed'), known, record };
  const { file, local } = await packFor(path, parcel, packing, ports);
  if (local !== null) await remote.put(local, path, whenWhole);
  return file;
}

/** An earlier try may have brought it before it could say so. */
async function finishOr(
  otherwise: () => Promise<OutboundFile>,
  file: OutboundFile,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const known = file.packing ? file.packed : file.contents;
  if (known && (await liesThere(file.path, known, ports.spool.scratch(), ports)))
    return finish(file, known, ports);
  return otherwise();
}

/** It lies under its name. Were something else beside it by now, it would wait for a person: another name would make two files of it. */
async function finish(
  { id, token, path, packing }: OutboundFile,
  lying: Transferred,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const { ledger, spool, clock } = ports;
  if (packing) await putCompanions(path, lying, packing, spool.outbound(id, 'beside'), ports);
  return ledger.outboundSent({ id, token }, clock.now());
}
