/** What was read goes where it was agreed; what was refused stays, for a person to look at. */
import { TidegateError } from '../../base/errors.ts';
import type { Reply } from '../../ledger/port.ts';
import type { RemoteFolder } from '../../remote/port.ts';
import { joinPath, numberedName } from '../file-names.ts';
import { keepLease, type Lease } from '../lease.ts';
import type { Agreement, DispatchPorts } from './types.ts';

const PAGE = 500;

type Going = Exclude<Agreement['takeAway'], { kind: 'leave' }>;

export async function takeAway(agreement: Agreement, ports: DispatchPorts): Promise<void> {
  const { name, takeAway: how } = agreement;
  if (how.kind === 'leave') return;
  for (let after = 0; ; ) {
    const page = await ports.ledger.repliesToTakeAway(name, after, PAGE);
    for (const { id } of page) {
      ports.signal.throwIfAborted();
      const reply = await claimed(id, ports);
      if (reply) await takeOneAway(reply, how, ports);
    }
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** `null` when another process has taken it away, or is about it. */
async function claimed(id: number, { ledger, owner, clock }: DispatchPorts): Promise<Reply | null> {
  return ledger.claimReply(id, owner, clock.now()).catch((error: unknown) => {
    if (error instanceof TidegateError && error.code === 'ARRIVAL_WAITS') return null;
    throw error;
  });
}

async function takeOneAway(reply: Reply, how: Going, ports: DispatchPorts): Promise<void> {
  const lease = await keepReply(reply, ports);
  try {
    const remote = ports.remote.permittedBy(lease.permit);
    const path = joinPath(reply.folder, reply.name);
    const there = await remote.stat(path);
    // Another one that came under the name since is read first.
    if (there?.size === reply.size && there.modifiedAt === reply.modifiedAt)
      await remove(path, reply, how, remote);
    await ports.ledger.replyTakenAway(reply, ports.clock.now());
  } finally {
    await lease.end();
  }
}

async function remove(path: string, { id, name }: Reply, how: Going, remote: RemoteFolder): Promise<void> {
  try {
    if (how.kind === 'delete') return await remote.remove(path);
    const wanted = joinPath(how.folder, name);
    const isFree = (await remote.stat(wanted)) === null;
    await remote.move(path, isFree ? wanted : joinPath(how.folder, numberedName(name, id)));
  } catch (error) {
    // It is away, whoever took it.
    const isAway = error instanceof TidegateError && error.code === 'REMOTE_MISSING';
    if (!isAway || (await remote.stat(path)) !== null) throw error;
  }
}

/** The right to work on a reply. */
export function keepReply(reply: Reply, ports: DispatchPorts): Promise<Lease> {
  const { ledger, owner } = ports;
  return keepLease(
    {
      subject: `reply ${reply.id}`,
      renew: (now) => ledger.renewReply(reply, owner, now),
      release: () => ledger.releaseReply(reply),
    },
    ports,
  );
}
