/** Proves what `docs/reliability.md` promises, on the built command line. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { type CycleResult, runCycle } from './cycle.ts';
import { faultTable, table, tableOf } from './figures.ts';
import { readOptions, type TortureOptions, usage } from './options.ts';
import type { Plan } from './plan.ts';
import { type Caught, openWorkshop, type Reporter, runControls, torture } from './torture.ts';

const PROGRESS_MS = 15_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const options = readOptions(process.argv.slice(2));
if (!options) print(usage);
else if (options.repeat !== null) await repeat(options.repeat);
else await run(options);

async function run({ minutes, kills, seed, cells }: TortureOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-torture-'));
  print(`${machine()}, seed ${seed}`);
  const workshop = await openWorkshop(folder);
  const bounds = { seed, short: false, cells, folder, ms: minutes * 60_000, kills };
  const { figures, catalogue } = await torture(workshop, bounds, progress());
  print(
    `\n${tableOf(figures, { known: catalogue.size, killed: catalogue.killed })}\n\n${faultTable(figures)}\n`,
  );
  if (figures.repeated > 0)
    print(`Cycles done again because the servers themselves stood still: ${figures.repeated}.`);
  const unreached = catalogue.neverKilled();
  if (unreached.length > 0) print(`Never killed at: ${unreached.join(', ')}\n`);
  const caught = await runControls(workshop, bounds);
  print(controlTable(caught));
  const failed = figures.offences.size > 0 || caught.some(({ found }) => found === null);
  if (failed) process.exitCode = 1;
  else await rm(folder, { recursive: true, force: true });
  print(`\n${failed ? `FAILED, see ${folder}` : 'Nothing lost, nothing twice.'} Seed ${seed}.`);
}

async function repeat(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-torture-'));
  const plan: Plan = JSON.parse(await readFile(file, 'utf8'));
  const result = await runCycle(plan, { ...(await openWorkshop(folder)), folder: join(folder, 'cycle') });
  print(describe(result, folder));
  if (result.violations.length > 0) process.exitCode = 1;
}

function progress(): Reporter {
  let last = performance.now();
  return {
    onCycle(_result, figures, catalogue) {
      if (performance.now() - last < PROGRESS_MS) return;
      last = performance.now();
      const { cycles, kills, counts } = figures;
      const offences = [...figures.offences.values()].reduce((sum, times) => sum + times, 0);
      print(
        `${cycles} cycles, ${kills} kills, ${catalogue.killed} of ${catalogue.size} points, ${counts.rows} rows, ${offences} violations`,
      );
    },
    onViolation: (result, folder) => print(describe(result, folder)),
  };
}

function describe({ plan, violations, kills }: CycleResult, folder: string): string {
  return [
    `violations of ${plan.seed} (${folder}/plan.json):`,
    ...violations.map(({ offence, what }) => `  ${offence}: ${what}`),
    `  killed at: ${kills.join(', ') || 'nowhere'}`,
    `  plan: ${JSON.stringify(plan)}`,
  ].join('\n');
}

function controlTable(caught: readonly Caught[]): string {
  const rows = caught.map(({ control, found, cycles }) => [
    control.name,
    found ?? '**not caught**',
    String(cycles),
  ]);
  return table(['with this safety cut out', 'the judge found', 'in cycles'], rows);
}

function machine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = (loadavg()[0] ?? 0).toFixed(2);
  return `${date}, Node ${process.versions.node}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${memory}, load at the start ${load}`;
}
