/**
 * From notices on record to people: each notice is routed once, to the channels that take it, and each channel sends what is due by itself, so that one that is down
 * or slow holds up no other.
 */
import type { Clock } from '../base/clock.ts';
import { type ErrorCode, explain, TidegateError } from '../base/errors.ts';
import { severityOf } from '../base/notice-kinds.ts';
import type { DueMessage, FailedMessage, Ledger, NextTry, NoticeMessage } from '../ledger/port.ts';
import { alertsCapped } from './capped-notice.ts';
import type { Attachment, Channel, Message } from './port.ts';
import { type Routing, routesFor } from './routes.ts';
import { createTeller } from './teller.ts';

/** What the outbox needs of the ledger. */
export type NoticeStore = Pick<
  Ledger,
  | 'raise'
  | 'unroutedNotices'
  | 'route'
  | 'rerouteStranded'
  | 'dueMessages'
  | 'sentSince'
  | 'messageSent'
  | 'messagesFailed'
>;

export interface OutboxLog {
  write(line: {
    level: 'info' | 'warn';
    fields: Readonly<Record<string, string | number | null>>;
    text: string;
  }): void;
}

export interface OutboxChannel {
  channel: Channel;
  /** Most messages within an hour; `null` for any number. */
  perHour: number | null;
  /** Largest file that may go with a message; `null` where none may. */
  mostAttached: number | null;
}

export interface OutboxOptions {
  store: NoticeStore;
  /** By name. */
  channels: ReadonlyMap<string, OutboxChannel>;
  routing: Routing;
  clock: Pick<Clock, 'now'>;
  log: OutboxLog;
  /** Whether only what is urgent goes out now. */
  isQuiet(now: number): boolean;
  /** The file of this path as it was written to the partner, up to a size; `null` when it cannot be had. */
  fileOf(path: string, arrival: number, mostBytes: number): Promise<Attachment | null>;
  /** Once aborted, no further message is begun: those under way are bounded by the deadlines of their channels. */
  signal: AbortSignal;
}

export interface Outbox {
  /** Routes what is new and sends what is due. Never throws; what reached nobody is tried again by a call after its pause. */
  tell(): Promise<void>;
}

const atOnce = 1000;
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
const hourMs = 3_600_000;
/** About a day. */
const mostTriesForTheRest = 30;
/** Who sets up a channel after years without must not get the history of those years. */
const outdatedMs = 24 * 3_600_000;
const outdated = 'it was more than a day old when somebody could be told';

export function createOutbox(options: OutboxOptions): Outbox {
  const { log } = options;
  const stopped = (what: string, error: unknown): void =>
    log.write({ level: 'warn', fields: { code: codeOf(error) }, text: `${what} stopped: ${explain(error)}` });
  let begun = false;
  const router = createTeller(async () => {
    try {
      await routeAll(options, begun);
      begun = true;
    } catch (error) {
      stopped('routing', error);
    }
  });
  const senders = [...options.channels].map(([name, channel]) =>
    createTeller(async () => {
      try {
        await sendDue(name, channel, options);
      } catch (error) {
        stopped(`channel ${name}`, error);
      }
    }),
  );
  return {
    async tell() {
      await router.tell();
      await Promise.all(senders.map((sender) => sender.tell()));
    },
  };
}

/** @param begun whether old ones were looked through: later a clock that is set forward would make everything look old */
async function routeAll({ store, channels, routing, clock }: OutboxOptions, begun: boolean): Promise<void> {
  if (channels.size === 0) return;
  if (!begun) await store.rerouteStranded([...channels.keys()]);
  for (;;) {
    const found = await store.unroutedNotices(atOnce);
    for (const unrouted of found) {
      const { id, raisedAt } = unrouted.notice;
      const now = clock.now();
      const isOutdated = !begun && raisedAt < now - outdatedMs;
      const { routes, untold } = isOutdated ? { routes: [], untold: outdated } : routesFor(unrouted, routing);
      await store.route(id, routes, now, untold);
    }
    if (found.length < atOnce) return;
  }
}

/** Ends at the first sign that the channel cannot be used: the rest would only wait for deadlines, so it counts as tried too. */
async function sendDue(name: string, outlet: OutboxChannel, options: OutboxOptions): Promise<void> {
  const { store, clock, signal, isQuiet } = options;
  const now = clock.now();
  const due = await store.dueMessages({
    ...{ channel: name, now, farthest: now + longestPauseMs, limit: atOnce },
    urgentOnly: isQuiet(now),
  });
  let left = await allowance(name, outlet, options);
  for (const [index, message] of due.entries()) {
    if (signal.aborted) return;
    if (left <= 0) return cap(name, due.slice(index), options);
    const outcome = await sendOne(name, message, outlet, options);
    if (outcome === 'sent') left--;
    if (!(outcome instanceof TidegateError)) continue;
    const failed = due.slice(index).map((one) => failedTry(one, clock.now()));
    return store.messagesFailed(failed, explain(outcome));
  }
}

async function allowance(
  name: string,
  { perHour }: OutboxChannel,
  { store, clock }: OutboxOptions,
): Promise<number> {
  if (perHour === null) return Number.POSITIVE_INFINITY;
  return perHour - (await store.sentSince(name, clock.now() - hourMs));
}

/** Short messages that come late are worth nothing: they are given up, and told by other ways. */
async function cap(name: string, held: readonly DueMessage[], options: OutboxOptions): Promise<void> {
  const { store, clock, log } = options;
  const now = clock.now();
  const heldBack = held.map(({ id, notice }) => ({ id, subject: notice.subject }));
  // First the word about it: a kill between the two must not lose both.
  await store.raise(alertsCapped(name, heldBack, now), now);
  const failed = held.map(({ id, tries }) => ({ id, tries, nextTryAt: null }));
  await store.messagesFailed(failed, 'more than the channel may send within an hour');
  log.write({ level: 'warn', fields: { channel: name, held: held.length }, text: 'messages were held back' });
}

/** Gives the error when the channel cannot be used, for any message. */
async function sendOne(
  name: string,
  due: DueMessage,
  { channel, mostAttached }: OutboxChannel,
  options: OutboxOptions,
): Promise<'sent' | 'refused' | TidegateError> {
  const { store, clock, log } = options;
  const fields = { notice: due.notice.id, arrival: due.notice.arrival, channel: name };
  try {
    const attachment = await attachmentOf(due, mostAttached, options);
    const delivery = await channel.send({ ...messageFrom(due), attachment });
    const now = clock.now();
    if (delivery.kind === 'refused') {
      const failed = failedTry(due, now);
      await store.messagesFailed([delivery.forGood ? { ...failed, nextTryAt: null } : failed], delivery.why);
      log.write({ level: 'warn', fields, text: `notice refused: ${delivery.why}` });
      return 'refused';
    }
    const { except } = delivery;
    const tries = due.sentAt === null ? 0 : due.tries;
    await store.messageSent(due.id, now, except && { ...except, ...nextTry({ tries, sentAt: now }, now) });
    if (except === null) log.write({ level: 'info', fields, text: 'notice sent' });
    else log.write({ level: 'warn', fields, text: `notice sent, but ${except.why}` });
    return 'sent';
  } catch (error) {
    if (!(error instanceof TidegateError && channelErrors.has(error.code))) throw error;
    const text = `notice not sent: ${explain(error)}`;
    log.write({ level: 'warn', fields: { ...fields, code: error.code }, text });
    return error;
  }
}

const channelErrors: ReadonlySet<ErrorCode> = new Set(['MAIL_FAILED', 'CHANNEL_FAILED']);

function messageFrom({ notice, to, left }: DueMessage): Omit<Message, 'attachment'> {
  const { id, raisedAt, subject, body, kind, phase, incident, partner, feed, arrival } = notice;
  const severity = severityOf(kind);
  return {
    ...{ id, raisedAt, subject, body, kind, severity, phase, incident, partner, feed, arrival },
    to,
    left,
  };
}

/** What cannot be attached is no reason not to tell. */
async function attachmentOf(
  { notice }: DueMessage,
  mostBytes: number | null,
  { fileOf, log }: OutboxOptions,
): Promise<Attachment | null> {
  const { attach, arrival } = notice;
  if (mostBytes === null || attach === undefined || arrival === null) return null;
  try {
    return await fileOf(attach, arrival, mostBytes);
  } catch (error) {
    log.write({ level: 'warn', fields: { arrival }, text: `nothing is attached: ${explain(error)}` });
    return null;
  }
}

const failedTry = (message: NoticeMessage, now: number): FailedMessage => ({
  id: message.id,
  ...nextTry(message, now),
});

/** What reached nobody is tried for ever; for the rest of the recipients there is an end, since somebody knows. */
function nextTry({ tries, sentAt }: Pick<NoticeMessage, 'tries' | 'sentAt'>, now: number): NextTry {
  const isOver = sentAt !== null && tries + 1 >= mostTriesForTheRest;
  return {
    tries: tries + 1,
    nextTryAt: isOver ? null : now + Math.min(firstPauseMs * 2 ** tries, longestPauseMs),
  };
}

const codeOf = (error: unknown): string | null => (error instanceof TidegateError ? error.code : null);
