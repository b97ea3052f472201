/** Staging alone: a file on disk becomes checked rows in the ledger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beside, inFreshProcess } from './child.ts';
import type { CounterpartyOptions } from './counterparty.ts';
import { writeRows } from './rows.ts';
import type { StageOptions, StageResult } from './stage-child.ts';
import { median } from './table.ts';

export interface Staging {
  rounds: number;
  tidegate: { rowsPerSecond: number; rowsPerCpuSecond: number };
  alone: { rowsPerSecond: number; rowsPerCpuSecond: number };
}

const offline = { encrypted: false, decryptEvery: 1, latencyMs: 0, inFlight: 1 };

export async function staging(rows: number, rounds: number): Promise<Staging> {
  const results: Record<StageOptions['by'], StageResult[]> = { tidegate: [], 'csv-parse + zod': [] };
  for (let round = 0; round < rounds; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
    try {
      const counterparty: CounterpartyOptions = { ...offline, folder };
      // It writes the configuration; nobody is called.
      await (await beside('./counterparty.ts', counterparty)).end();
      const file = join(folder, 'rows.csv');
      await writeRows(file, rows);
      for (const by of ['tidegate', 'csv-parse + zod'] as const) {
        const options: StageOptions = { folder, file, rows, by };
        results[by].push(await inFreshProcess<StageResult>('./stage-child.ts', options));
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const speed = (of: readonly StageResult[]) => ({
    rowsPerSecond: median(of.map(({ seconds }) => rows / seconds)),
    rowsPerCpuSecond: median(of.map(({ cpuSeconds }) => rows / cpuSeconds)),
  });
  return { rounds, tidegate: speed(results.tidegate), alone: speed(results['csv-parse + zod']) };
}
