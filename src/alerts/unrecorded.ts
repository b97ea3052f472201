import { hash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import type { Notice } from '../ledger/port.ts';
import type { OutboxLog } from './outbox.ts';
import { hourOf } from './parts.ts';
import type { Channel, Message } from './port.ts';

/** Notices that the ledger could not take, most of them because it is the trouble itself. They live as long as this process. */
export interface Unrecorded {
  /** Once per key; what has none, once per cause and hour. */
  keep(notice: Notice): void;
  /**
   * Mails what waits; ends at the first sign that the channel cannot be used, and leaves the rest for the next time. Never throws.
   * @param signal once aborted, no further mail is begun
   * @returns whether nothing waits any more
   */
  flush(signal?: AbortSignal): Promise<boolean>;
}

/** Bounds the memory of keys and mails. No trouble has so many causes within the hour. */
const mostKeys = 100;

export function keepUnrecorded(channel: Channel, clock: Pick<Clock, 'now'>, log: OutboxLog): Unrecorded {
  const known = new Set<string>();
  const waiting = new Map<string, Message>();
  return {
    keep({ key: event, cause, subject, body }) {
      const key = event ?? `${cause}:${hourOf(clock.now())}`;
      if (known.has(key) || waiting.size >= mostKeys) return;
      if (known.size >= mostKeys) known.clear();
      known.add(key);
      const id = `unrecorded-${hash('sha256', key).slice(0, 16)}`;
      waiting.set(key, { id, raisedAt: clock.now(), subject, body });
    },
    async flush(signal) {
      for (const [key, message] of waiting) {
        if (signal?.aborted) return false;
        try {
          const delivery = await channel.send(message);
          waiting.delete(key);
          const flaw = delivery.kind === 'refused' ? delivery.why : (delivery.except?.why ?? null);
          const text = 'notice mailed that is not on record';
          log.write({ level: 'warn', fields: {}, text: flaw === null ? text : `${text}, but ${flaw}` });
        } catch (error) {
          const code = error instanceof TidegateError ? error.code : null;
          log.write({ level: 'warn', fields: { code }, text: `notice not sent: ${explain(error)}` });
          return false;
        }
      }
      return true;
    },
  };
}
