import { recovered } from '../alerts/incident-notices.ts';
import type { Notice, Over } from '../ledger/port.ts';
import type { InboundPorts } from './types.ts';

type TellingPorts = Pick<InboundPorts, 'ledger' | 'clock' | 'report'>;

/** Puts a notice on record, from where it is mailed; what is known already, and still open, is only counted. */
export async function raise(notice: Notice, { ledger, clock, report }: TellingPorts): Promise<void> {
  if (await ledger.raise(notice, clock.now())) report({ kind: 'notice', notice });
}

/** Closes the incidents of a cause, with a note to those who were told of them. Cheap where none is open, so that it can be said after every good poll. */
export async function over(what: Over, { ledger, clock, report }: TellingPorts): Promise<void> {
  const now = clock.now();
  const told = await ledger.over(what, now, (incident, files) => recovered(incident, files, now));
  for (const notice of told) report({ kind: 'notice', notice });
}
