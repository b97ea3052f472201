/** Notices about who holds an inbound folder, and what lies there and is not taken, in words. Pure. */
import type { Arrival, Notice } from '../ledger/port.ts';
import { layOut, plural, utc } from './layout.ts';
import { oneLine } from './text.ts';

export interface Intruder {
  partner: string;
  folder: string;
  /** Name of the foreign marker; it is of a form that only we give. */
  marker: string;
}

/** Another installation looked into a folder that is ours, or left its marker there. */
export function intruder({ partner, folder, marker }: Intruder): Notice {
  return {
    key: `intruder:${partner}:${folder}/${marker}`,
    cause: null,
    kind: 'folder-shared',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: another installation of Tidegate has been in ${folder}`),
    body: layOut({
      happened: `The marker of another installation lies in ${folder}, which this one holds.`,
      facts: [
        ['Partner', partner],
        ['Marker', marker],
      ],
      next: [
        'Work goes on here; the other one finds our marker and refuses to work. Look who was started for this partner, and remove its marker when it is gone.',
      ],
      command: 'tidegate check',
    }),
  };
}

export interface Adopted {
  partner: string;
  folder: string;
  by: string;
  because: string;
  /** Whose markers were removed, in words. */
  from: readonly string[];
  /** Files of our ledger that go on from where they stopped. */
  unfinished: readonly Pick<Arrival, 'id' | 'name' | 'state'>[];
  /** Epoch milliseconds. */
  now: number;
}

/** A person took the folder from another installation. */
export function folderAdopted({ partner, folder, by, because, from, unfinished, now }: Adopted): Notice {
  return {
    key: `adopted:${partner}:${folder}:${now}`,
    cause: null,
    kind: 'folder-shared',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: this installation has taken over ${folder}`),
    body: layOut({
      happened: `By the word of ${oneLine(by)} this installation holds ${folder} from now on.`,
      facts: [
        ['Partner', partner],
        ['Because', oneLine(because)],
        ['From', from.map((whose) => oneLine(whose)).join('; ')],
        ['When', utc(now)],
        ['In work', unfinished.length === 0 ? '' : `${plural(unfinished.length, 'file')} of this ledger`],
      ],
      next: [
        'What the other installation sent to the target is not known here: files that it had not filed yet are worked on from their first row.',
      ],
      command: 'tidegate check',
    }),
  };
}

export interface UnnamedFile {
  partner: string;
  folder: string;
  name: string;
  /** Epoch milliseconds of the first sighting. */
  since: number;
}

/** A file of a kind that rows name, and that none has named for long. */
export function fileUnnamed({ partner, folder, name, since }: UnnamedFile): Notice {
  return {
    // The day is in it, because another file may come under the same name.
    key: `unnamed:${partner}:${folder}/${name}:${new Date(since).toISOString().slice(0, 10)}`,
    cause: null,
    kind: 'unexpected-file',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: no row names ${name} in ${folder}`),
    body: layOut({
      happened: `A file has been lying in ${folder} for more than a day, and no row of a CSV names it.`,
      facts: [
        ['Partner', partner],
        ['Name', name],
        ['First seen', utc(since)],
      ],
      next: [
        'It is taken with the first row that names it. Ask the partner whether a CSV is missing, or whether it can be removed.',
      ],
      command: 'tidegate files',
    }),
  };
}

export interface UnexpectedEntry {
  partner: string;
  folder: string;
  name: string;
  kind: 'file' | 'folder' | 'other';
  /** How a name looks that would be taken. */
  example: string;
}

/** Something in the inbound folder that no feed takes. */
export function unexpectedEntry({ partner, folder, name, kind, example }: UnexpectedEntry): Notice {
  const what = { file: 'A file that no feed expects', folder: 'A folder', other: 'A link or special file' }[
    kind
  ];
  return {
    key: `unexpected:${partner}:${folder}/${name}`,
    cause: null,
    kind: 'unexpected-file',
    partner,
    feed: null,
    arrival: null,
    subject: oneLine(`${partner}: ${name} in ${folder} is left alone`),
    body: layOut({
      happened: `${what} lies in ${folder}.`,
      facts: [
        ['Partner', partner],
        ['Name', name],
        ['Expected', `names such as ${example}`],
      ],
      next: [
        'It is left where it is and not looked at again. Ask the partner to remove it, or to send the file under the agreed name.',
      ],
      command: 'tidegate files',
    }),
  };
}

export interface WaitingFile {
  partner: string;
  feed: string;
  folder: string;
  name: string;
  /** Epoch milliseconds of the first sighting. */
  since: number;
  /** What it has to be complete, as the end of "It waits for …". */
  waitsFor: string;
}

/** What the causes of incomplete files of a feed begin with. */
export const incomplete = ({ partner, feed }: Pick<WaitingFile, 'partner' | 'feed'>): string =>
  `incomplete:${partner}:${feed}`;

export const incompleteFile = (file: Pick<WaitingFile, 'partner' | 'feed' | 'name'>): string =>
  `${incomplete(file)}:${file.name}`;

/** A file that was seen long ago and is still not complete. */
export function fileWaits({ partner, feed, folder, name, since, waitsFor }: WaitingFile): Notice {
  return {
    key: null,
    cause: incompleteFile({ partner, feed, name }),
    kind: 'unexpected-file',
    partner,
    feed,
    arrival: null,
    subject: oneLine(`${partner}: ${name} in ${folder} is not complete after more than an hour`),
    body: layOut({
      happened: `A file has been lying in ${folder} for more than an hour and does not count as complete yet.`,
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ['Name', name],
        ['First seen', utc(since)],
        ['Waits for', waitsFor],
      ],
      next: [
        'It is taken as soon as it is complete. Ask the partner whether the upload broke off or is still going on.',
      ],
      command: 'tidegate files',
    }),
  };
}
