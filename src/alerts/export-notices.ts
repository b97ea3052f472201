/** Notices about exports, in words. Pure. */
import type { Notice } from '../ledger/port.ts';
import { layOut, utc } from './layout.ts';
import { codeOf, errorFacts } from './parts.ts';
import { oneLine } from './text.ts';

/** An export could not be read, written or brought; where that may help, it is tried again every few minutes. */
export function exportFailed(failed: { name: string; partner: string; error: unknown; now: number }): Notice {
  const { name, partner, error, now } = failed;
  return {
    key: null,
    cause: `export:${name}:${codeOf(error)}`,
    kind: 'export-failed',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: the export ${name} waits`),
    body: layOut({
      happened: `The export ${name} could not be finished. No file that is incomplete was sent, and its window stays open.`,
      facts: [['Export', name], ['Partner', partner], ['Noticed', utc(now)], ...errorFacts(error)],
      next: [
        'It goes on where it stopped, by itself within a quarter of an hour where trying again can help, else at the next time of its schedule or with `tidegate export`.',
      ],
      command: `tidegate export ${name} --dry-run`,
    }),
  };
}
