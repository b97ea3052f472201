/** How long an incident lasts and that it is over, in words. Pure. Names of files come fit for display. */
import type { ConcernedFile, Incident, Reason, Words } from '../ledger/port.ts';
import { type Fact, lasted, layOut, utc } from './layout.ts';
import { show } from './parts.ts';
import { oneLine } from './text.ts';

const shownFiles = 10;

/** It goes to whoever was told of the beginning, and tells the whole to whoever was not. */
export function recovered(incident: Incident, files: readonly ConcernedFile[], now: number): Words {
  const took = lasted(now - incident.openedAt);
  return {
    subject: oneLine(`Over after ${took}: ${incident.subject}`),
    body: layOut({
      happened: `This is over: ${incident.subject}.`,
      facts: [...facts(incident), ['Over', utc(now)], ['Took', took]],
      list: concerned(files),
      next: ['Nothing needs to be done.'],
      command: commandFor(files),
    }),
  };
}

/** A person has said that it is over, and why. */
export function closedByPerson(incident: Incident, { by, because }: Reason, now: number): Words {
  const took = lasted(now - incident.openedAt);
  return {
    subject: oneLine(`Closed by ${by} after ${took}: ${incident.subject}`),
    body: layOut({
      happened: `${by} has closed this: ${incident.subject}.`,
      facts: [...facts(incident), ['Closed', utc(now)], ['Because', oneLine(because)]],
      next: ['Nothing needs to be done. Should it be noticed again, it is told again.'],
      command: 'tidegate incidents --all',
    }),
  };
}

export function reminder(incident: Incident, files: readonly ConcernedFile[], now: number): Words {
  const lasts = lasted(now - incident.openedAt);
  return {
    subject: oneLine(`Still, after ${lasts}: ${incident.subject}`),
    body: layOut({
      happened: `This lasts: ${incident.subject}.`,
      facts: [...facts(incident), ['Lasts', lasts]],
      list: concerned(files),
      next: ['You are reminded at growing pauses, and told when it is over.'],
      command: files.length > 0 ? commandFor(files) : 'tidegate incidents',
    }),
  };
}

const facts = ({ partner, feed, openedAt, lastSeenAt, times, id }: Incident): Fact[] => [
  ['Incident', String(id)],
  ['Partner', partner ?? ''],
  ['Feed', feed ?? ''],
  ['Since', utc(openedAt)],
  ['Noticed', times === 1 ? '' : `${times} times, last at ${utc(lastSeenAt)}`],
];

const concerned = (files: readonly ConcernedFile[]) => ({
  title: files.length > shownFiles ? `Files, the first ${shownFiles} of ${files.length}` : 'Files',
  items: files
    .slice(0, shownFiles)
    .map(({ arrival, name, feed }) => `${name} (arrival ${arrival} of ${feed})`),
});

const commandFor = ([first]: readonly ConcernedFile[]): string =>
  first ? show({ id: first.arrival }) : 'tidegate status';
