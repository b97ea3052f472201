/** Child: the same file staged by Tidegate, or read with csv-parse and zod alone and thrown away. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openApp } from '../src/app/app.ts';
import { createLog } from '../src/app/log.ts';
import { loadConfig } from '../src/config/load.ts';
import { stage } from '../src/exchange/stage.ts';
import type { Arrival } from '../src/ledger/port.ts';
import { openLocalFolder } from '../src/remote/local.ts';
import { cpuSeconds, given, tell } from './child.ts';
import { readWithZod } from './csv-zod.ts';
import { plainPorts } from './ports.ts';
import { wrongRows } from './rows.ts';

export interface StageOptions {
  folder: string;
  file: string;
  rows: number;
  by: 'tidegate' | 'csv-parse + zod';
}

export interface StageResult {
  seconds: number;
  cpuSeconds: number;
}

const options = given<StageOptions>();
await tell(options.by === 'tidegate' ? await staged() : await measured(readAlone));
process.disconnect();

async function staged(): Promise<StageResult> {
  const { folder, file, rows } = options;
  const config = await loadConfig(join(folder, 'config'), {});
  const app = await openApp(config, { log: createLog('error') });
  const ports = await plainPorts(config, app.ledger, () => undefined);
  const [feed] = app.feeds;
  if (!feed) throw new Error('no feed is configured');
  const { size } = await stat(file);
  const [partner, name] = [feed.partner, 'Sales_20240611_090000.csv'];
  const sighting = { partner, feed: feed.name, folder: '/in', name, size, modifiedAt: 0 };
  const claimed = await app.ledger.claim(sighting, ports.owner, Date.now());
  if (!claimed) throw new Error('the arrival is taken');
  const local = ports.spool.source(claimed.id);
  const source = openLocalFolder({ root: dirname(file) });
  const { sha256, bytes } = await source.fetch(`/${basename(file)}`, local, size);
  const fetched = await app.ledger.fetched(claimed, { bytes, sha256 }, Date.now());
  let done: Arrival = fetched;
  const result = await measured(async () => {
    done = await stage(fetched, feed, ports);
  });
  if (done.counts.pending !== rows - wrongRows(rows))
    throw new Error(`staged as ${JSON.stringify(done.counts)}`);
  await Promise.all([ports.target.close(), ports.remote.close()]);
  await app.close();
  return result;
}

async function readAlone(): Promise<void> {
  const { good, bad } = await readWithZod(options.file);
  if (good + bad !== options.rows || bad !== wrongRows(options.rows))
    throw new Error(`csv-parse and zod found ${good} good rows and ${bad} bad ones`);
}

async function measured(work: () => Promise<void>): Promise<StageResult> {
  const [beganAt, usedBefore] = [performance.now(), cpuSeconds()];
  await work();
  return { seconds: (performance.now() - beganAt) / 1000, cpuSeconds: cpuSeconds() - usedBefore };
}
