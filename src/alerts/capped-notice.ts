/** That a channel was to send more than it may, in words. Pure. */
import type { Notice } from '../ledger/port.ts';
import { layOut, plural, utc } from './layout.ts';
import { hourOf } from './parts.ts';

const shown = 20;

/** @param subjects of what was held back */
export function alertsCapped(channel: string, subjects: readonly string[], now: number): Notice {
  return {
    // What is held back later within the hour is in the next digest, and in `tidegate incidents`.
    key: `capped:${channel}:${hourOf(now)}`,
    cause: null,
    kind: 'alerts-capped',
    partner: null,
    feed: null,
    arrival: null,
    subject: `${plural(subjects.length, 'message')} by ${channel} held back`,
    body: layOut({
      happened: `More was to be told by ${channel} than it may send within an hour.`,
      facts: [
        ['Channel', channel],
        ['Noticed', utc(now)],
      ],
      list: { title: 'Held back', items: subjects.slice(0, shown) },
      next: ['They are not sent later. What lasts is listed by the command below.'],
      command: 'tidegate incidents',
    }),
  };
}
