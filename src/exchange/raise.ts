import { recovered, reminder } from '../alerts/incident-notices.ts';
import { lastingKinds } from '../base/notice-kinds.ts';
import type { ConcernedFile, Notice, Over } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import type { InboundPorts } from './types.ts';

export type TellingPorts = Pick<InboundPorts, 'ledger' | 'clock' | 'report'>;

/** Puts a notice on record, from where it is told; what is known already, and still open, is only counted. */
export async function raise(notice: Notice, { ledger, clock, report }: TellingPorts): Promise<void> {
  if (await ledger.raise(notice, clock.now())) report({ kind: 'notice', notice });
}

/** As `raise`; a notice that the ledger cannot take is told from memory. */
export const raiseOrKeep = (notice: Notice, ports: TellingPorts): Promise<void> =>
  raise(notice, ports).catch((error: unknown) => ports.report({ kind: 'unrecorded', notice, error }));

/** Closes the incidents of a cause, with a note to those who were told of them. Cheap where none is open, so that it can be said after every good poll. */
export async function over(what: Over, { ledger, clock, report }: TellingPorts): Promise<void> {
  const now = clock.now();
  const told = await ledger.over(what, now, (incident, files) => recovered(incident, printable(files), now));
  for (const notice of told) report({ kind: 'notice', notice });
}

/** Puts reminders of what lasts on record. @param pauses as in `Reminding` */
export async function remind(
  pauses: readonly number[],
  { ledger, clock, report }: TellingPorts,
): Promise<void> {
  const now = clock.now();
  const reminding = { kinds: lastingKinds, pauses };
  const told = await ledger.remind(reminding, now, (incident, files) =>
    reminder(incident, printable(files), now),
  );
  for (const notice of told) report({ kind: 'notice', notice });
}

const printable = (files: readonly ConcernedFile[]): ConcernedFile[] =>
  files.map((file) => ({ ...file, name: displayName(file.name) }));
