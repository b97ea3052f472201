/** Notices about who holds an inbound folder, in words. Pure. */
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
    kind: 'folder-shared',
    partner,
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
    kind: 'folder-shared',
    partner,
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
    kind: 'unexpected-file',
    partner,
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
