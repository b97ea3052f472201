/** What happens in the demo, as the two partners and the operator would do it; all else is done by the service that runs meanwhile. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { App } from '../app/app.ts';
import type { Rehearsal } from '../app/rehearsal.ts';
import { shipped } from '../app/shipped.ts';
import { systemClock } from '../base/clock.ts';
import type { ExchangeEvent } from '../exchange/types.ts';
import { openSftpFolder } from '../remote/sftp.ts';
import type { EventWatch } from './demo-events.ts';
import type { Printer } from './print.ts';

const contracts = join('contract-layout', 'Contracts_20240611_090000.csv');

export async function tell(
  app: App,
  rehearsal: Rehearsal,
  watch: EventWatch,
  { line }: Pick<Printer, 'line'>,
): Promise<void> {
  const { partner, globex, servify } = rehearsal;
  const [first = '', ...others] = (await readdir(shipped('samples')))
    .filter((name) => name.endsWith('.csv'))
    .sort();
  await drop([first], partner, rehearsal);
  await watch.until(isEnd, 1);

  line('\nServify goes down, and the partner sends more.');
  servify.faults.next('Contract/checkEligibility', { kind: 'status', status: 503 }, 10_000);
  await drop(others, partner, rehearsal);
  await watch.until(isOutage, 1);
  line('\nServify is back.');
  servify.faults.clear();
  await watch.until(isOutage, 2);
  await watch.until(isEnd, 1 + others.length);

  line(`\nThe partner sends ${first} once more, as partners do.`);
  await drop([first], partner, rehearsal);
  await watch.until(isEnd, 2 + others.length);

  line('\nAnother partner sends contracts that go to the first one, as a file for each country.');
  await drop([contracts], globex, rehearsal);
  await watch.until(isEnd, 3 + others.length);

  line('\nWhat was sold is exported, and the month of the second partner is archived.');
  for (const plan of app.exports.plans) await app.exports.run(plan);
  for (const policy of app.archives.policies) await app.archives.run(policy);
  await everythingIsTold(app);
}

/** The partner's own client: a login with a password, files put into `/in`. */
async function drop(
  names: readonly string[],
  { user, password }: Rehearsal['partner'],
  { sftp }: Rehearsal,
): Promise<void> {
  const { host, port, fingerprint } = sftp;
  const client = openSftpFolder({
    ...{ host, port, username: user, auth: { password }, hostKeys: [fingerprint] },
  });
  try {
    for (const name of names) await client.put(join(shipped('samples'), name), `/in/${basename(name)}`);
  } finally {
    await client.close();
  }
}

/** The end of a file's way. */
const isEnd = (event: ExchangeEvent): boolean => event.kind === 'step' && event.arrival.state === 'settled';

/** It begins, or is over. */
const isOutage = (event: ExchangeEvent): boolean =>
  event.kind === 'notice' && event.notice.kind === 'target-down';

async function everythingIsTold({ ledger }: App): Promise<void> {
  const late = AbortSignal.timeout(20_000);
  while ((await ledger.unsentNotices(1)).length > 0) await systemClock.sleep(100, late);
}
