import type { Clock } from '../base/clock.ts';
import { explain } from '../base/errors.ts';
import type { Ledger } from '../ledger/port.ts';
import { reminder } from './incident-notices.ts';
import { lastingKinds } from './kinds.ts';
import type { OutboxLog } from './outbox.ts';

/** Puts reminders of what lasts on record, from where they are told. Never throws: what cannot be recorded now is due at the next call. */
export async function remindOfIncidents(
  ledger: Pick<Ledger, 'remind'>,
  pauses: readonly number[],
  clock: Pick<Clock, 'now'>,
  log: OutboxLog,
): Promise<void> {
  const now = clock.now();
  try {
    await ledger.remind({ kinds: lastingKinds, pauses }, now, (incident, files) =>
      reminder(incident, files, now),
    );
  } catch (error) {
    log.write({ level: 'warn', fields: {}, text: `no reminders: ${explain(error)}` });
  }
}
