/** Measures what the README states: on the real app, with the simulators in a process of their own. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { type RsaCost, rsaCost } from './rsa.ts';
import { type SftpFigures, sftpFigures } from './sftp.ts';
import { type Staging, staging } from './staging.ts';
import { exact, table, whole } from './table.ts';
import { type WholeJob, wholeJob } from './whole-job.ts';

const IN_FLIGHT = 32;
const DECRYPT_EVERY = 1000;
const SMALL_ROWS = 10_000;
const FULL_ROWS = 1_000_000;
const STAGING_ROWS = 100_000;
const ROUNDS = 3;
/** What a chunk of OAEP with SHA-1 holds under a key of 2048 bits. */
const CHUNK_BYTES = 214;

const print = (text: string): void => {
  process.stdout.write(`${text}\n\n`);
};

const options = readOptions(process.argv.slice(2));
if (options) await run(options);
else print(usage);

async function run({ rows, full, latencyMs }: BenchOptions): Promise<void> {
  print(machine());
  const rsa = rsaCost();
  const job = (encrypted: boolean, count: number, delayMs = 0): Promise<WholeJob> =>
    wholeJob({
      rows: count,
      encrypted,
      latencyMs: delayMs,
      inFlight: IN_FLIGHT,
      decryptEvery: DECRYPT_EVERY,
    });
  const plain = [await job(false, SMALL_ROWS), await job(false, rows)];
  if (full) plain.push(await job(false, FULL_ROWS));
  const encrypted = [await job(true, SMALL_ROWS), await job(true, rows)];
  const delayed = latencyMs > 0 ? await job(true, SMALL_ROWS, latencyMs) : null;
  print(wholeJobs(plain, encrypted, delayed && { latencyMs, job: delayed }));
  print(ratios(plain, encrypted, rsa));
  print(stagingFigures(await staging(STAGING_ROWS, ROUNDS)));
  print(transferFigures(await sftpFigures(ROUNDS)));
}

function machine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = loadavg()[0] ?? 0;
  return `${date}, Node ${process.versions.node}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${memory}, load at the start ${exact(load)}`;
}

function wholeJobs(
  plain: readonly WholeJob[],
  encrypted: readonly WholeJob[],
  delayed: { latencyMs: number; job: WholeJob } | null,
): string {
  const line = (name: string, job: WholeJob): string[] => [
    name,
    whole(job.rows),
    whole(job.rows / job.seconds),
    exact((job.cpuSeconds / job.rows) * 1000, 3),
    whole(job.peakMb),
    exact((job.simulatorSeconds / job.rows) * 1000, 3),
    ['fetched', 'staged', 'delivered', 'acknowledged']
      .map((step) => exact((job.steps[step] ?? 0) / 1000, 1))
      .join(' + '),
  ];
  const rows = [
    ...encrypted.map((job) => line('encrypted', job)),
    ...(delayed ? [line(`encrypted, answers ${delayed.latencyMs} ms late`, delayed.job)] : []),
    ...plain.map((job) => line('plain', job)),
  ];
  const header = ['whole job over SFTP, one call a row', 'rows', 'rows/s', 'CPU s per 1,000 rows', 'peak MB'];
  const steps = 'seconds to fetch + stage + deliver + acknowledge';
  return `${table([...header, 'simulators: CPU s per 1,000 rows', steps], rows)}

${IN_FLIGHT} calls in flight; one run each, in a fresh process. CPU and memory are Tidegate's alone. The simulated API decrypts every ${DECRYPT_EVERY}th request and answers the others with what it encrypted before, or the server would be the limit.`;
}

function ratios(plain: readonly WholeJob[], encrypted: readonly WholeJob[], rsa: RsaCost): string {
  const large = encrypted.at(-1);
  const [smallest, largest] = [plain[0], plain.at(-1)];
  if (!large || !smallest || !largest) throw new Error('nothing was measured');
  const chunks = Math.ceil(large.requestBytes / CHUNK_BYTES);
  const rsaPerRow = rsa.privateSeconds + chunks * rsa.publicSeconds;
  const rows = [
    [
      `CPU of an encrypted row to that of its RSA (1 private and ${chunks} public operations, ${rsa.measuredBy})`,
      exact(large.cpuSeconds / large.rows / rsaPerRow),
    ],
    [
      `encrypted rows/s to RSA-2048 private operations/s of one core (${whole(1 / rsa.privateSeconds)})`,
      exact((large.rows / large.seconds) * rsa.privateSeconds),
    ],
    [
      `peak memory of ${whole(largest.rows)} plain rows to that of ${whole(smallest.rows)}`,
      exact(largest.peakMb / smallest.peakMb),
    ],
  ];
  return table(['ratio', 'value'], rows);
}

function stagingFigures({ rounds, tidegate, alone }: Staging): string {
  const line = (name: string, { rowsPerSecond, rowsPerCpuSecond }: Staging['alone']): string[] => [
    name,
    whole(rowsPerSecond),
    whole(rowsPerCpuSecond),
  ];
  const rows = [
    line('Tidegate: read, check, map, commit', tidegate),
    line('csv-parse + zod alone, nothing kept', alone),
    [
      'ratio',
      exact(tidegate.rowsPerSecond / alone.rowsPerSecond),
      exact(tidegate.rowsPerCpuSecond / alone.rowsPerCpuSecond),
    ],
  ];
  return table(
    [`staging ${whole(STAGING_ROWS)} rows, medians of ${rounds}`, 'rows/s', 'rows per CPU second'],
    rows,
  );
}

function transferFigures({ server, rounds, transfers }: SftpFigures): string {
  const rows = transfers.map(({ what, unit, tidegate, openssh }) => [
    what,
    `${whole(tidegate)} ${unit}`,
    openssh === null ? 'sftp is not installed' : `${whole(openssh)} ${unit}`,
    openssh === null ? '' : exact(tidegate / openssh),
  ]);
  return table([`SFTP against ${server}, medians of ${rounds}`, 'Tidegate', 'OpenSSH sftp', 'ratio'], rows);
}
