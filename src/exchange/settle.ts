import { posix } from 'node:path';
import type { Arrival, Attachment } from '../ledger/port.ts';
import { type Filing, fileAway } from './file-away.ts';
import { joinPath } from './file-names.ts';
import { doneFileFor } from './gate.ts';
import { attachmentGone, sourceGone } from './notices.ts';
import { raise } from './raise.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** acknowledged → settled: the source and the files that its rows name lie in `/processed` or `/errored`, and nothing of them is left in the spool. */
export async function settle(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, spool, clock } = ports;
  if (arrival.settleAs !== null) {
    // A retried row may have named a file that came later.
    for (const attachment of await ledger.attachments(arrival.id))
      if (attachment.settledAt === null)
        await moveAttachment(arrival, attachment, posix.dirname(arrival.settleAs), feed, ports);
    // A later round has no source: what lies in the inbound folder under its name is another file.
    if (arrival.round === 0) await moveSource(arrival, arrival.settleAs, feed, ports);
  }
  ports.permit();
  await spool.clear(`arrival-${arrival.id}`);
  return ledger.settled(arrival, clock.now());
}

async function moveSource(
  arrival: Arrival,
  to: string,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<void> {
  const { ledger, clock } = ports;
  const { id, size, modifiedAt, sha256, disposition } = arrival;
  const filing: Filing = {
    from: joinPath(arrival.folder, arrival.name),
    ...{ to, arrival: id, size, modifiedAt, sha256 },
    replan: async (other) => {
      if (disposition !== null) await ledger.acknowledged(arrival, disposition, other, clock.now());
    },
    // Before the source goes: from then on the partner may announce a new drop of the same name.
    leaving: () => removeDoneFile(arrival, feed, ports),
  };
  const filed = await fileAway(filing, ports);
  // With a new drop in its place the done-file may already be the new one's.
  if (filed === 'filed') await removeDoneFile(arrival, feed, ports);
  // Every row is settled and answered; a file that somebody took away meanwhile must not hold up the next ones.
  if (filed === 'gone') await raise(sourceGone(arrival, feed, clock.now()), ports);
}

async function moveAttachment(
  arrival: Arrival,
  { number, folder, name, size, modifiedAt, sha256, settleAs }: Attachment,
  to: string,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<void> {
  const { ledger, clock } = ports;
  let planned = settleAs ?? joinPath(to, name);
  const plan = async (place: string): Promise<void> => {
    planned = place;
    await ledger.settleAttachment(arrival, number, place, null);
  };
  if (settleAs === null) await plan(planned);
  const filing: Filing = {
    ...{ from: joinPath(folder, name), to: planned, arrival: arrival.id, size, modifiedAt, sha256 },
    replan: plan,
  };
  if ((await fileAway(filing, ports)) === 'gone')
    await raise(attachmentGone(arrival, name, feed, clock.now()), ports);
  await ledger.settleAttachment(arrival, number, planned, clock.now());
}

async function removeDoneFile(
  { folder, name }: Arrival,
  { readyWhen }: InboundFeed,
  { remote }: InboundPorts,
): Promise<void> {
  if (readyWhen.kind === 'done-file')
    await remote.remove(joinPath(folder, doneFileFor(name, readyWhen.pattern)));
}
