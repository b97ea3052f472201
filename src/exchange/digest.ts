import { digest } from '../alerts/digest-notice.ts';
import { raise, type TellingPorts } from './raise.ts';

const MOST_OPEN = 1000;

export interface DigestDay {
  day: string;
  since: number;
  until: number;
}

/** Puts the digest of a day on record, once. */
export async function raiseDigest(day: DigestDay, ports: TellingPorts): Promise<void> {
  const { ledger } = ports;
  if (await ledger.knowsNotice(`digest:${day.day}`)) return;
  const received = await ledger.received(day.since, day.until);
  const incidents = await ledger.incidents('open', MOST_OPEN);
  await raise(digest({ ...day, received, incidents, parked: await ledger.parkedRows() }), ports);
}
