/**
 * The way of a file that is brought out: plan → write → put → sent. Each step starts from what the ledger says, so a kill costs time: what is planned is written again, what is
 * written is brought again, and nothing counts as sent before it lies complete under its final name.
 */
import { TidegateError } from '../../base/errors.ts';
import type { NewOutbound, OutboundContents, OutboundFile } from '../../ledger/port.ts';
import { keepLease } from '../lease.ts';
import { liesThere } from '../parcel.ts';
import { freePath } from './free-path.ts';
import type { OutboundPorts, WriteOutbound } from './types.ts';

/**
 * Gives the file its name, which is durable before anything is written. What was planned for the same key already comes back as it stands.
 * @param wanted with the path that it has unless that is taken
 */
export async function planOutbound(wanted: NewOutbound, ports: OutboundPorts): Promise<OutboundFile> {
  const { ledger, owner, clock } = ports;
  const path = await freePath(wanted.path, wanted.partner, ports);
  return ledger.planOutbound({ ...wanted, path }, owner, clock.now());
}

/** planned, written → sent, or dropped when there is nothing to bring. One that has ended comes back as it is. */
export async function sendOutbound(
  planned: OutboundFile,
  write: WriteOutbound,
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
      file = file.contents ? await bring(file, file.contents, held) : await make(file, write, held);
    }
    await spool.clearOutbound(file.id);
    ports.report({ kind: 'outbound', file });
    return file;
  } finally {
    await lease.end();
  }
}

const hasEnded = ({ state }: OutboundFile): boolean => state === 'sent' || state === 'dropped';

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

/** written → sent. When its working copy is lost and it was not brought before, it goes back to be made anew. */
async function bring(
  file: OutboundFile,
  contents: OutboundContents,
  ports: OutboundPorts,
): Promise<OutboundFile> {
  const { ledger, spool, remote, clock } = ports;
  const draft = spool.outbound(file.id);
  if (!(await spool.holds(draft, contents.sha256))) {
    if (!(await liesThere(file.path, contents, spool.scratch(), ports)))
      return { ...file, state: 'planned', contents: null };
    return ledger.outboundSent(file, clock.now());
  }
  try {
    await remote.put(draft, file.path);
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'REMOTE_EXISTS') throw error;
    // Somebody put other bytes under the name since it was chosen; theirs stay.
    return ledger.outboundRenamed(file, await freePath(file.path, file.partner, ports));
  }
  return ledger.outboundSent(file, clock.now());
}
