import { hash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import { severityOf } from '../base/notice-kinds.ts';
import type { Notice } from '../ledger/port.ts';
import type { OutboxLog } from './outbox.ts';
import { hourOf } from './parts.ts';
import type { Channel, Message } from './port.ts';

/** Notices that the ledger could not take, most of them because it is the trouble itself. They live as long as this process. */
export interface Unrecorded {
  /** Once per key; what has none, once per cause and hour. */
  keep(notice: Notice): void;
  /**
   * Sends what waits; a channel is left alone at the first sign that it cannot be used, and the rest for the next time. Never throws.
   * @param signal once aborted, no further message is begun
   * @returns whether nothing waits any more
   */
  flush(signal?: AbortSignal): Promise<boolean>;
}

/** Where one message goes. */
export interface Destination {
  channel: Channel;
  to: readonly string[];
}

/** Bounds the memory of keys and messages. No trouble has so many causes within the hour. */
const mostKeys = 100;

export function keepUnrecorded(
  destinationsOf: (notice: Notice) => readonly Destination[],
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
): Unrecorded {
  const known = new Set<string>();
  const waiting = new Map<string, { channel: Channel; message: Message }>();
  return {
    keep(notice) {
      const key = notice.key ?? `${notice.cause}:${hourOf(clock.now())}`;
      if (known.has(key) || waiting.size >= mostKeys) return;
      if (known.size >= mostKeys) known.clear();
      known.add(key);
      const message = messageOf(notice, `unrecorded-${hash('sha256', key).slice(0, 16)}`, clock.now());
      for (const [index, { channel, to }] of destinationsOf(notice).entries())
        waiting.set(`${index} ${key}`, { channel, message: { ...message, to } });
    },
    async flush(signal) {
      const down = new Set<Channel>();
      for (const [key, { channel, message }] of waiting) {
        if (signal?.aborted) return false;
        if (down.has(channel)) continue;
        if (await send(channel, message, log)) waiting.delete(key);
        else down.add(channel);
      }
      return waiting.size === 0;
    },
  };
}

/** Whether it is over: taken, or refused. */
async function send(channel: Channel, message: Message, log: OutboxLog): Promise<boolean> {
  try {
    const delivery = await channel.send(message);
    const flaw = delivery.kind === 'refused' ? delivery.why : (delivery.except?.why ?? null);
    const text = 'notice sent that is not on record';
    log.write({ level: 'warn', fields: {}, text: flaw === null ? text : `${text}, but ${flaw}` });
    return true;
  } catch (error) {
    const code = error instanceof TidegateError ? error.code : null;
    log.write({ level: 'warn', fields: { code }, text: `notice not sent: ${explain(error)}` });
    return false;
  }
}

function messageOf(notice: Notice, id: string, raisedAt: number): Message {
  const { subject, body, kind, partner, feed, arrival } = notice;
  const severity = severityOf(kind);
  const unknown = { phase: null, incident: null, to: [], left: null, attachment: null };
  return { ...{ id, raisedAt, subject, body, kind, severity, partner, feed, arrival }, ...unknown };
}
