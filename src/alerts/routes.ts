/** Where a notice goes. Pure. */
import { type NoticeKind, type Severity, severities, severityOf } from '../base/notice-kinds.ts';
import type { Addressed, Notice, Route, UnroutedNotice } from '../ledger/port.ts';

export interface RouteRule extends Addressed {
  /** What is less urgent does not go this way. */
  severity: Severity;
  /** `null` for all. */
  partners: readonly string[] | null;
  feeds: readonly string[] | null;
  kinds: readonly string[] | null;
}

export type ChannelKind = 'email' | 'sms' | 'webhook';

export interface Routing {
  /** By name. */
  channels: ReadonlyMap<string, ChannelKind>;
  rules: readonly RouteRule[];
  /** Who reads the daily digest; `null` for nobody. */
  digest: Addressed | null;
  /** Who is told at a partner, by partner. */
  contacts: ReadonlyMap<string, Addressed>;
}

export interface Routed {
  routes: Route[];
  /** Why it goes nowhere. */
  untold: string | null;
}

const nobody = {
  own: 'no route takes it',
  partner: 'the partner has no contacts',
  digest: 'nobody reads the digest',
} as const;

export function routesFor(
  { notice, opening }: Pick<UnroutedNotice, 'opening'> & { notice: Pick<Notice, RoutedBy> },
  routing: Routing,
): Routed {
  const { kind, audience, partner } = notice;
  if (audience === 'partner')
    return routed([(partner && routing.contacts.get(partner)) || null], true, nobody.partner, routing);
  if (kind === 'digest') return routed([routing.digest], true, nobody.digest, routing);
  // Whoever heard that it began hears that it is over, wherever else it would go by now.
  const told = opening.filter(({ channel }) => routing.channels.has(channel));
  const places = told.length > 0 ? told : routing.rules.filter((rule) => takes(rule, notice, routing));
  return routed(places, severityOf(kind) === 'critical', nobody.own, routing);
}

type RoutedBy = 'kind' | 'audience' | 'partner' | 'feed';

function takes(rule: RouteRule, { kind, partner, feed }: Pick<Notice, RoutedBy>, routing: Routing): boolean {
  if (kind === 'alerts-capped' && routing.channels.get(rule.channel) === 'sms') return false;
  return (
    rank(severityOf(kind)) >= rank(rule.severity) &&
    includes(rule.kinds, kind satisfies NoticeKind) &&
    // What concerns everybody concerns this one too.
    (partner === null || includes(rule.partners, partner)) &&
    (partner === null || feed === null || includes(rule.feeds, feed))
  );
}

const rank = (severity: Severity): number => severities.indexOf(severity);
const includes = (listed: readonly string[] | null, name: string): boolean => listed?.includes(name) ?? true;

/** One message for each channel; of short messages one for each number, since each is taken or refused by itself. */
function routed(
  places: readonly (Addressed | null)[],
  urgent: boolean,
  untold: string,
  { channels }: Routing,
): Routed {
  const recipients = new Map<string, Set<string>>();
  for (const place of places) {
    if (!place) continue;
    const known = recipients.get(place.channel) ?? new Set();
    recipients.set(place.channel, known);
    for (const recipient of place.to) known.add(recipient);
  }
  const routes = [...recipients].flatMap(([channel, to]): Route[] =>
    channels.get(channel) === 'sms'
      ? [...to].map((number) => ({ channel, to: [number], urgent }))
      : [{ channel, to: [...to], urgent }],
  );
  return { routes, untold: routes.length === 0 ? untold : null };
}
