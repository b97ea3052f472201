/** Child: one file from `/in` to its answer, by the app. */
import '../bin/memory.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type App, openApp } from '../src/app/app.ts';
import { createLog } from '../src/app/log.ts';
import { loadConfig } from '../src/config/load.ts';
import { type Polled, poll } from '../src/exchange/inbound.ts';
import type { ExchangeEvent } from '../src/exchange/types.ts';
import type { Arrival } from '../src/ledger/port.ts';
import { cpuSeconds, given, tell } from './child.ts';
import { plainPorts } from './ports.ts';
import { wrongRows } from './rows.ts';

export interface JobOptions {
  folder: string;
  rows: number;
  encrypted: boolean;
}

export interface JobResult {
  seconds: number;
  cpuSeconds: number;
  peakMb: number;
  /** Milliseconds by step, named after the state it leads to. */
  steps: Record<string, number>;
  /** Of one call, before it is encrypted. */
  requestBytes: number;
}

const { folder, rows, encrypted } = given<JobOptions>();
const steps: Record<string, number> = {};
const onEvent = (event: ExchangeEvent): void => {
  if (event.kind === 'step') steps[event.arrival.state] = event.tookMs;
};
const config = await loadConfig(join(folder, 'config'), {});
const app = await openApp(config, { log: createLog('error'), onEvent });
const work = encrypted ? () => pollFirst(app) : await plainPoll(app);

const [beganAt, usedBefore] = [performance.now(), cpuSeconds()];
const polled = await work();
const seconds = (performance.now() - beganAt) / 1000;
const used = cpuSeconds() - usedBefore;
const arrival = demandDone(polled);
const requestBytes = await sizeOfRequest(arrival);
await app.close();
await tell({ seconds, cpuSeconds: used, peakMb: await peakMb(), steps, requestBytes } satisfies JobResult);
process.disconnect();

function pollFirst({ feeds: [feed], poll }: App): Promise<Polled> {
  if (!feed) throw new Error('no feed is configured');
  return poll(feed);
}

async function plainPoll({ feeds: [feed], ledger }: App): Promise<() => Promise<Polled>> {
  if (!feed) throw new Error('no feed is configured');
  const ports = await plainPorts(config, ledger, onEvent);
  return async () => {
    const polled = await poll(feed, new Map(), ports);
    await Promise.all([ports.target.close(), ports.remote.close()]);
    return polled;
  };
}

/** A figure for work that was not done would be worth nothing. */
function demandDone({ arrivals: [arrival], waitsFor }: Polled): Arrival {
  if (waitsFor) throw waitsFor;
  const wrong = wrongRows(rows);
  if (arrival?.state === 'settled' && arrival.counts.accepted === rows - wrong) return arrival;
  throw new Error(`the file is not done: ${arrival?.state} ${JSON.stringify(arrival?.counts)}`);
}

async function sizeOfRequest({ id }: Arrival): Promise<number> {
  // Line 2 is the first row, which is wrong on purpose.
  const [attempt] = await app.ledger.attempts(id, 3);
  return JSON.stringify(attempt?.request).length;
}

/** The figure of `getrusage` starts with what the parent used at the fork, so Linux is asked for this program's own. */
async function peakMb(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kb = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return (kb === undefined ? process.resourceUsage().maxRSS : Number(kb)) / 1024;
}
