import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import type { Ledger, RecordedNotice } from '../ledger/port.ts';
import type { Channel } from './port.ts';

/** What the outbox needs of the ledger. */
export type NoticeStore = Pick<Ledger, 'unsentNotices' | 'noticeSent' | 'noticeFailed'>;

export interface OutboxLog {
  write(line: {
    level: 'info' | 'warn';
    fields: Readonly<Record<string, string | number | null>>;
    text: string;
  }): void;
}

const noticesPerFlush = 1000;

/** Flushes in progress: two at a time would mail a notice twice. */
const running = new WeakMap<Channel, Promise<void>>();

/**
 * Sends what is unsent, oldest first, and keeps the outcome in the ledger. Ends at the first sign that the channel cannot be used: the rest would
 * only wait for deadlines. Never throws; what is left is sent by a later flush.
 */
export function flushOutbox(
  store: NoticeStore,
  channel: Channel,
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
): Promise<void> {
  const after = running.get(channel) ?? Promise.resolve();
  const mine = after.then(() => flush(store, channel, clock, log));
  running.set(channel, mine);
  return mine;
}

async function flush(
  store: NoticeStore,
  channel: Channel,
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
): Promise<void> {
  try {
    for (const notice of await store.unsentNotices(noticesPerFlush)) {
      if (!(await sendOne(notice, store, channel, clock, log))) return;
    }
  } catch (error) {
    log.write({
      level: 'warn',
      fields: { code: codeOf(error) },
      text: `the outbox stopped: ${explain(error)}`,
    });
  }
}

/** Whether the channel can be used for the next one. */
async function sendOne(
  notice: RecordedNotice,
  store: NoticeStore,
  channel: Channel,
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
): Promise<boolean> {
  const fields = { notice: notice.id, arrival: notice.arrival };
  try {
    const delivery = await channel.send(notice);
    if (delivery.kind === 'sent') {
      await store.noticeSent(notice.id, clock.now());
      log.write({ level: 'info', fields, text: 'notice sent' });
      return true;
    }
    await store.noticeFailed(notice.id, delivery.why);
    log.write({ level: 'warn', fields, text: `notice refused: ${delivery.why}` });
    return true;
  } catch (error) {
    if (!(error instanceof TidegateError && error.code === 'MAIL_FAILED')) throw error;
    await store.noticeFailed(notice.id, explain(error));
    log.write({
      level: 'warn',
      fields: { ...fields, code: error.code },
      text: `notice not sent: ${explain(error)}`,
    });
    return false;
  }
}

const codeOf = (error: unknown): string | null => (error instanceof TidegateError ? error.code : null);
