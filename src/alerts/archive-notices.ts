/** Notices about monthly archives, in words. Pure. */
import type { Archive, ArchivedFile, Notice } from '../ledger/port.ts';
import { layOut, plural, utc } from './layout.ts';
import { codeOf, errorFacts } from './parts.ts';
import { oneLine } from './text.ts';

const shownFiles = 10;

/** An archive could not be made or cleared; it is tried again at the next time of its schedule. */
export function archiveFailed(partner: string, error: unknown, now: number): Notice {
  return {
    key: null,
    cause: `archive:${partner}:${codeOf(error)}`,
    kind: 'archive-failure',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: the archive waits`),
    body: layOut({
      happened: 'The files of a month could not be archived. None was removed without lying in the archive.',
      facts: [['Partner', partner], ['Noticed', utc(now)], ...errorFacts(error)],
      next: ['It goes on where it stopped at the next time of its schedule, or with `tidegate archive`.'],
      command: 'tidegate archive --dry-run',
    }),
  };
}

/** Files that were not archived because other bytes lie in their place. */
export function archiveLeft({ id, partner, month }: Archive, left: readonly ArchivedFile[]): Notice {
  return {
    key: `archive:${id}:left`,
    cause: null,
    kind: 'archive-failure',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: ${plural(left.length, 'file')} of ${month} changed since`),
    body: layOut({
      happened: `The archive of ${month} is made without ${plural(left.length, 'file')} whose bytes are not those that were filed or written.`,
      facts: [
        ['Partner', partner],
        ['Month', month],
      ],
      list: { title: 'Left where they are', items: left.slice(0, shownFiles).map(({ path }) => path) },
      next: ['Somebody has changed or replaced them. Find out who, and take them away by hand.'],
      command: `tidegate verify-archive`,
    }),
  };
}
