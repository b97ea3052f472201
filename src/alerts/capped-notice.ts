/** That a channel was to send more than it may, in words. Pure. */
import type { Notice } from '../ledger/port.ts';
import { layOut, plural, utc } from './layout.ts';

const shown = 20;

/** @param held what was held back together; not empty */
export function alertsCapped(
  channel: string,
  held: readonly { id: number; subject: string }[],
  now: number,
): Notice {
  const subjects = new Set(held.map(({ subject }) => subject));
  return {
    key: `capped:${channel}:${held[0]?.id}`,
    cause: null,
    kind: 'alerts-capped',
    partner: null,
    feed: null,
    arrival: null,
    subject: `${plural(held.length, 'message')} by ${channel} held back`,
    body: layOut({
      happened: `More was to be told by ${channel} than it may send within an hour.`,
      facts: [
        ['Channel', channel],
        ['Noticed', utc(now)],
      ],
      list: { title: 'Held back', items: [...subjects].slice(0, shown) },
      next: ['They are not sent later. What lasts is listed by the command below.'],
      command: 'tidegate incidents',
    }),
  };
}
