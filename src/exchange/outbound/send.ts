/**
 * The way of a file that is brought out: plan → write → pack → put → what lies beside it → sent. Each step starts from what the ledger says, so a kill costs time: what is planned is
 * written again, what is written is brought again, and nothing counts as sent before it lies complete under its final name with all that goes beside it.
 */
import { isDeepStrictEqual } from 'node:util';
import { TidegateError } from '../../base/errors.ts';
import type { NewOutbound, OutboundContents, OutboundFile } from '../../ledger/port.ts';
import type { Transferred } from '../../remote/port.ts';
import { keepLease } from '../lease.ts';
import { liesThere, packedAs, packFor, putCompanions } from '../parcel.ts';
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
  if (hasEnded(planned)) {
    // The process may have ended between the two.
    await spool.clearOutbound(planned.id);
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
  const held = { ...ports, signal: lease.signal, permit, remote: ports.remote.permittedBy(permit) };
  try {
    let file = planned;
    while (!hasEnded(file)) {
      lease.signal.throwIfAborted();
      file = await step(file, making, held);
    }
    await spool.clearOutbound(file.id);
    ports.report({ kind: 'outbound', file });
    return file;
  } finally {
    await lease.end();
  }
}

const hasEnded = ({ state }: OutboundFile): boolean => state === 'sent' || state === 'dropped';

/** How a file is packed that was begun goes by what is agreed now, as long as nothing of it has come out. */
function step(file: OutboundFile, { write, parcel }: Making, ports: OutboundPorts): Promise<OutboundFile> {
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
  await ports.remote.abandon(file.path);
  return ports.ledger.outboundReplanned(file, { path, packing });
}

/** written → sent. When its working copy is lost and it was not brought before, it goes back to be made anew. */
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
  let lying: Transferred;
  try {
    lying = await (parcel ? putPacked(draft, file, parcel, ports) : remote.put(draft, file.path));
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'REMOTE_EXISTS') throw error;
    // Somebody put other bytes under the name since it was chosen; theirs stay.
    await remote.abandon(file.path);
    return ledger.outboundRenamed(file, await freePath(file, ports));
  }
  return finish(file, lying, ports);
}

async function putPacked(
  content: string,
  { id, token, path, packed: known }: OutboundFile,
  parcel: Parcel,
  ports: OutboundPorts,
): Promise<Transferred> {
  const { ledger, remote, spool } = ports;
  const record = async (packed: Transferred): Promise<void> => {
    await ledger.outboundPacked({ id, token }, packed);
  };
  const packing = { content, packed: spool.outbound(id, 'packed'), known, record };
  const { file, local } = await packFor(path, parcel, packing, ports);
  if (local !== null) await remote.put(local, path);
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
