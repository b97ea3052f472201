import type { Notice } from '../ledger/port.ts';
import type { InboundPorts } from './types.ts';

/** Puts a notice on record, from where it is mailed; one that is known already is not told again. */
export async function raise(
  notice: Notice,
  { ledger, clock, report }: Pick<InboundPorts, 'ledger' | 'clock' | 'report'>,
): Promise<void> {
  if (await ledger.raise(notice, clock.now())) report({ kind: 'notice', notice });
}
