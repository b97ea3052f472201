/** Who is told how, from the configuration. */
import { createMailChannel, type Mailbox, type MailOptions } from '../alerts/mail.ts';
import type { OutboxChannel } from '../alerts/outbox.ts';
import { type ChannelKind, type RouteRule, type Routing, routesFor } from '../alerts/routes.ts';
import { createSmsChannel } from '../alerts/sms.ts';
import { isQuiet, lastTwo } from '../alerts/times.ts';
import type { Destination } from '../alerts/unrecorded.ts';
import { createWebhookChannel } from '../alerts/webhook.ts';
import { boundary } from '../base/boundary.ts';
import { mailSection } from '../config/cross-alerts.ts';
import type { AlertsConfig, Config } from '../config/types.ts';
import type { DigestDay } from '../exchange/digest.ts';
import type { Addressed, Notice } from '../ledger/port.ts';

export interface Alerts {
  /** By name; `mail` is the section of that name. */
  channels: ReadonlyMap<string, OutboxChannel>;
  routing: Routing;
  /** Pauses of reminders, in milliseconds. */
  reminders: readonly number[];
  longestDeadlineMs: number;
  isQuiet(now: number): boolean;
  /** The day that is over, as the readers of the digest have it; `null` when nobody reads one. */
  digestDay(now: number): DigestDay | null;
  /** Where a notice goes that is not on record. */
  destinationsOf(notice: Notice): Destination[];
  close(): void;
}

type Recipient = AlertsConfig['routes'][number]['to'][number];

const addressOf = (one: Recipient): string => (typeof one === 'string' ? one : one.address);

export function openAlerts(config: Config): Alerts {
  const { quietHours, digest, reminders } = config.alerts;
  const opened = openChannels(config);
  const channels = new Map([...opened].map(([name, { outlet }]) => [name, outlet]));
  const routing: Routing = {
    channels: new Map([...opened].map(([name, { kind }]) => [name, kind])),
    rules: rulesOf(config),
    digest: digest && addressed(digest),
    contacts: new Map(
      Object.values(config.partners).flatMap(({ name, contacts }) =>
        contacts ? [[name, addressed(contacts)] as const] : [],
      ),
    ),
  };
  return {
    channels,
    routing,
    reminders,
    longestDeadlineMs: Math.max(0, ...[...opened.values()].map(({ deadlineMs }) => deadlineMs)),
    isQuiet: (now) => quietHours !== null && isQuiet(quietHours, now),
    digestDay(now) {
      if (!digest) return null;
      const { previous, last } = lastTwo(digest.at, digest.timeZone, now);
      return { day: last.toISODate() ?? '', since: previous.toMillis(), until: last.toMillis() };
    },
    destinationsOf: (notice) =>
      routesFor({ notice, opening: [] }, routing).routes.flatMap(({ channel, to }) => {
        const outlet = channels.get(channel);
        return outlet ? [{ channel: outlet.channel, to }] : [];
      }),
    close() {
      for (const { channel } of channels.values()) channel.close();
    },
  };
}

const addressed = ({ channel, to }: { channel: string; to: readonly Recipient[] }): Addressed => ({
  channel,
  to: to.map(addressOf),
});

/** Everything goes to those of the section `mail`, whatever routes there are beside it. */
function rulesOf({ mail, alerts }: Config): RouteRule[] {
  const everything = { severity: 'info', partners: null, feeds: null, kinds: null } as const;
  const byMail = mail ? [{ ...addressed({ channel: mailSection, to: mail.to }), ...everything }] : [];
  return [...byMail, ...alerts.routes.map((route) => ({ ...route, ...addressed(route) }))];
}

interface Opened {
  kind: ChannelKind;
  outlet: OutboxChannel;
  deadlineMs: number;
}

function openChannels(config: Config): Map<string, Opened> {
  const opened = Object.entries(config.alerts.channels).map(([name, channel]): [string, Opened] => [
    name,
    open(name, channel, config),
  ]);
  const { mail } = config;
  return new Map(mail ? [[mailSection, openMail(mailSection, mail, config)], ...opened] : opened);
}

function open(name: string, channel: AlertsConfig['channels'][string], config: Config): Opened {
  const { kind, deadline } = channel;
  switch (kind) {
    case 'email':
      return openMail(name, channel, config);
    case 'sms':
      return {
        ...{ kind, deadlineMs: deadline },
        outlet: {
          channel: boundary('sms', createSmsChannel({ ...channel, name })),
          perHour: channel.perHour,
          mostAttached: null,
        },
      };
    case 'webhook':
      return {
        ...{ kind, deadlineMs: deadline },
        outlet: {
          channel: boundary('webhook', createWebhookChannel({ ...channel, name })),
          perHour: null,
          mostAttached: null,
        },
      };
  }
}

type MailServer = Omit<MailOptions, 'people'> & { attachRejects: boolean; attachMost: number };

function openMail(name: string, server: MailServer, config: Config): Opened {
  const channel = createMailChannel({ ...server, people: peopleOf(name, config) });
  return {
    ...{ kind: 'email', deadlineMs: server.deadline },
    outlet: {
      channel: boundary('mail', channel),
      perHour: null,
      mostAttached: server.attachRejects ? server.attachMost : null,
    },
  };
}

/** Everybody who may be told by a channel for mail. */
function peopleOf(name: string, { mail, alerts, partners }: Config): Mailbox[] {
  const places = [
    ...(mail ? [{ channel: mailSection, to: mail.to }] : []),
    ...alerts.routes,
    ...(alerts.digest ? [alerts.digest] : []),
    ...Object.values(partners).flatMap(({ contacts }) => (contacts ? [contacts] : [])),
  ];
  const people = places.flatMap((place): readonly Recipient[] => (place.channel === name ? place.to : []));
  const boxes = people.flatMap((one) => (typeof one === 'string' ? [] : [one]));
  return [...new Map(boxes.map((box) => [box.address, box])).values()];
}
