import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import type { FailedNotice, Ledger, NextTry, RecordedNotice } from '../ledger/port.ts';
import type { Channel } from './port.ts';

/** What the outbox needs of the ledger. */
export type NoticeStore = Pick<Ledger, 'dueNotices' | 'noticeSent' | 'noticesFailed' | 'dropOutdatedNotices'>;

export interface OutboxLog {
  write(line: {
    level: 'info' | 'warn';
    fields: Readonly<Record<string, string | number | null>>;
    text: string;
  }): void;
}

const noticesPerFlush = 1000;
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
/** About a day. */
const mostTriesForTheRest = 30;
/** Who sets up mail after years without must not get the history of those years. */
const outdatedMs = 24 * 3_600_000;

/** Channels whose history was looked through. Once is enough, and later a clock that is set forward would make everything look old. */
const begun = new WeakSet<Channel>();

/** Flushes in progress: two at a time would mail a notice twice. */
const running = new WeakMap<Channel, Promise<void>>();

/**
 * Sends what is due and keeps the outcome in the ledger. Ends at the first sign that the channel cannot be used: the rest would only wait for
 * deadlines, so it counts as tried too. Never throws; what reached nobody is tried again by a flush after its pause.
 * @param signal once aborted, no further notice is begun: the one under way is bounded by the channel's deadline
 */
export function flushOutbox(
  store: NoticeStore,
  channel: Channel,
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
  signal?: AbortSignal,
): Promise<void> {
  const after = running.get(channel) ?? Promise.resolve();
  const mine = after.then(() => flush(store, channel, clock, log, signal));
  running.set(channel, mine);
  return mine;
}

async function flush(
  store: NoticeStore,
  channel: Channel,
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
  signal?: AbortSignal,
): Promise<void> {
  try {
    if (!begun.has(channel)) {
      const why = 'it was never tried and more than a day old';
      await store.dropOutdatedNotices(clock.now() - outdatedMs, why);
      begun.add(channel);
    }
    const now = clock.now();
    const due = await store.dueNotices(now, now + longestPauseMs, noticesPerFlush);
    for (const [index, notice] of due.entries()) {
      if (signal?.aborted) return;
      const error = await sendOne(notice, store, channel, clock, log);
      if (!error) continue;
      await store.noticesFailed(
        due.slice(index).map((left) => failedTry(left, clock.now())),
        explain(error),
      );
      return;
    }
  } catch (error) {
    log.write({
      level: 'warn',
      fields: { code: codeOf(error) },
      text: `the outbox stopped: ${explain(error)}`,
    });
  }
}

/** Gives the error when the channel cannot be used, for any notice. */
async function sendOne(
  notice: RecordedNotice,
  store: NoticeStore,
  channel: Channel,
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
): Promise<TidegateError | null> {
  const fields = { notice: notice.id, arrival: notice.arrival };
  try {
    const delivery = await channel.send(notice);
    if (delivery.kind === 'refused') {
      await store.noticesFailed([failedTry(notice, clock.now())], delivery.why);
      log.write({ level: 'warn', fields, text: `notice refused: ${delivery.why}` });
    } else {
      const { except } = delivery;
      const now = clock.now();
      const tries = notice.sentAt === null ? 0 : notice.tries;
      const rest = except && { ...except, ...nextTry({ tries, sentAt: now }, now) };
      await store.noticeSent(notice.id, now, rest);
      if (except === null) log.write({ level: 'info', fields, text: 'notice sent' });
      else log.write({ level: 'warn', fields, text: `notice sent, but ${except.why}` });
    }
    return null;
  } catch (error) {
    if (!(error instanceof TidegateError && error.code === 'MAIL_FAILED')) throw error;
    const text = `notice not sent: ${explain(error)}`;
    log.write({ level: 'warn', fields: { ...fields, code: error.code }, text });
    return error;
  }
}

const failedTry = (notice: RecordedNotice, now: number): FailedNotice => ({
  id: notice.id,
  ...nextTry(notice, now),
});

/** What reached nobody is tried for ever; for the rest of the recipients there is an end, since somebody knows. */
function nextTry({ tries, sentAt }: Pick<RecordedNotice, 'tries' | 'sentAt'>, now: number): NextTry {
  const isOver = sentAt !== null && tries + 1 >= mostTriesForTheRest;
  return {
    tries: tries + 1,
    nextTryAt: isOver ? null : now + Math.min(firstPauseMs * 2 ** tries, longestPauseMs),
  };
}

const codeOf = (error: unknown): string | null => (error instanceof TidegateError ? error.code : null);
