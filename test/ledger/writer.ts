/** A process that stages and delivers rows until it is killed: `node writer.ts <ledger file>`. Says `ready` once rows are being delivered. */
import { openLedger } from '../../src/ledger/sqlite.ts';
import * as given from './store.ts';

const ledger = await openLedger({ file: process.argv[2] ?? '' });
for (let file = 0; ; file++) {
  const rows = Array.from({ length: 500 }, (_, i) => given.row(i + 2, `${process.pid}-${file}-${i}`));
  const arrival = await given.fetched(ledger, `${process.pid}-${file}.csv`);
  await ledger.addRows(arrival, rows);
  await ledger.staged(arrival, given.staging, 30);
  if (file === 1) process.stdout.write('ready\n');
  await Promise.all(
    rows.map(async ({ line }) => {
      const attempt = await ledger.openAttempt(given.opened(arrival, line));
      await ledger.closeAttempt(given.ended(arrival, line, attempt, given.accepted));
    }),
  );
}
