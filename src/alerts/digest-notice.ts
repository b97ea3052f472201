/** What came within a day and what is open, in words. Pure. */
import type { Incident, Notice, Received } from '../ledger/port.ts';
import { lasted, layOut, plural, utc } from './layout.ts';

export interface Digested {
  /** Of the day in the readers' time zone, as `2026-11-21`. */
  day: string;
  since: number;
  until: number;
  received: readonly Received[];
  incidents: readonly Incident[];
  /** Rows that wait for a decision, of whatever day. */
  parked: number;
}

const shown = 30;

export function digest({ day, since, until, received, incidents, parked }: Digested): Notice {
  const files = received.reduce((sum, one) => sum + one.files, 0);
  return {
    key: `digest:${day}`,
    ...{ cause: null, kind: 'digest', partner: null, feed: null, arrival: null },
    subject: `Tidegate on ${day}: ${plural(files, 'file')}, ${openIn(incidents)}`,
    body: layOut({
      happened: `From ${utc(since)} to ${utc(until)}: ${plural(files, 'file')} came, ${openIn(incidents)}.`,
      facts: [
        ['Parked', parked === 0 ? 'none' : `${plural(parked, 'row')} to be decided`],
        ['Open', incidents.length === 0 ? 'no incident' : plural(incidents.length, 'incident')],
      ],
      list: {
        title: 'By feed, and what is open',
        items: [...received.map(lineOf), ...incidents.slice(0, shown).map((one) => openLine(one, until))],
      },
      next: [incidents.length + parked === 0 ? 'Nothing needs to be done.' : 'Look at what is open.'],
      command: parked > 0 ? 'tidegate files' : 'tidegate incidents',
    }),
  };
}

const openIn = (incidents: readonly Incident[]): string =>
  incidents.length === 0 ? 'nothing open' : `${plural(incidents.length, 'incident')} open`;

function lineOf({ partner, feed, files, refused, rows, accepted, rejected, duplicate }: Received): string {
  const of = `${plural(rows, 'row')}: ${accepted} accepted, ${rejected} rejected, ${duplicate} duplicate`;
  return `${partner}, ${feed}: ${plural(files, 'file')}${refused > 0 ? `, ${refused} refused` : ''}; ${of}`;
}

const openLine = ({ subject, openedAt }: Incident, now: number): string =>
  `open for ${lasted(now - openedAt)}: ${subject}`;
