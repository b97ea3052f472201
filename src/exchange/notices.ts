import type { Answer, Arrival, Disposition, Notice } from '../ledger/port.ts';
import type { RemoteEntry } from '../remote/port.ts';
import type { InboundFeed } from './types.ts';

export function noticesFor(arrival: Arrival, _feed: InboundFeed, _answers: readonly Answer[], _d: Disposition, _s: string | null): Notice[] {
  const notices: Notice[] = [];
  if (arrival.problem) notices.push({ key: `arrival:${arrival.id}:refused`, kind: 'preparation-failure', partner: arrival.partner, arrival: arrival.id, subject: `refused ${arrival.name}`, body: 'x' });
  return notices;
}
export function unexpectedNotice(feed: InboundFeed, entry: RemoteEntry): Notice {
  return { key: `unexpected:${feed.partner}:${entry.name}`, kind: 'unexpected-file', partner: feed.partner, arrival: null, subject: 'unexpected', body: 'x' };
}
