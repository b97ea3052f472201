import { cannotStart } from '../alerts/trouble-notices.ts';
import { keepUnrecorded } from '../alerts/unrecorded.ts';
import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/types.ts';
import type { Spool } from '../exchange/spool.ts';
import type { Ledger } from '../ledger/port.ts';
import { openLedger } from '../ledger/sqlite.ts';
import { openAlerts } from './alerts.ts';
import type { Log } from './log.ts';
import { ledgerFile, spoolOf } from './places.ts';
import { rememberTold, wasToldLately } from './told-lately.ts';

/** Ledger and spool. Where one of them cannot be used nothing may begin; that is told without them, once an hour however often somebody starts. */
export async function openStorage(
  config: Config,
  clock: Clock,
  log: Log,
): Promise<{ ledger: Ledger; spool: Spool }> {
  try {
    const ledger = await openLedger({ file: ledgerFile(config) });
    try {
      const spool = await spoolOf(config);
      await sweep(spool, ledger);
      return { ledger, spool };
    } catch (error) {
      await ledger.close();
      throw error;
    }
  } catch (error) {
    await tell(error, config, clock, log);
    throw error;
  }
}

/** What a process has left that was killed before it could clear up, or that stood still until somebody else was done. */
async function sweep(spool: Spool, ledger: Ledger): Promise<void> {
  for (const id of await spool.left('arrival')) {
    const arrival = await ledger.arrival(id);
    if (!arrival || arrival.state === 'settled' || arrival.state === 'withdrawn')
      await spool.clear(`arrival-${id}`);
  }
  for (const id of await spool.left('outbound')) {
    const file = await ledger.outboundFile(id);
    if (!file || file.state === 'sent' || file.state === 'dropped') await spool.clear(`outbound-${id}`);
  }
}

async function tell(error: unknown, config: Config, clock: Clock, log: Log): Promise<void> {
  const notice = cannotStart(error, clock.now());
  const subject = ledgerFile(config);
  if (await wasToldLately(subject, notice.key)) return;
  const alerts = openAlerts(config);
  if (alerts.channels.size === 0) return;
  const unrecorded = keepUnrecorded((one) => alerts.destinationsOf(one), clock, log);
  unrecorded.keep(notice);
  if (await unrecorded.flush()) await rememberTold(subject, notice.key);
  alerts.close();
}
