/** The whole job: a file in `/in` becomes one call a row, an acknowledgement in `/out`, and is filed. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beside, inFreshProcess } from './child.ts';
import type { CounterpartyOptions } from './counterparty.ts';
import type { JobOptions, JobResult } from './job.ts';
import { writeRows } from './rows.ts';

export interface WholeJob extends JobResult {
  rows: number;
  fileMb: number;
  /** Seconds of CPU of the simulators, which is not part of the job's. */
  simulatorSeconds: number;
}

export interface WholeJobOptions extends Omit<CounterpartyOptions, 'folder'> {
  rows: number;
}

export async function wholeJob({ rows, ...counterparty }: WholeJobOptions): Promise<WholeJob> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
  try {
    const simulators = await beside('./counterparty.ts', { ...counterparty, folder });
    const file = join(folder, 'partner', 'in', 'Sales_20240611_090000.csv');
    await writeRows(file, rows);
    const { size } = await stat(file);
    const job: JobOptions = { folder, rows, encrypted: counterparty.encrypted };
    const result = await inFreshProcess<JobResult>('./job.ts', job);
    const simulatorSeconds = await simulators.end();
    return { ...result, rows, fileMb: size / 1e6, simulatorSeconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
