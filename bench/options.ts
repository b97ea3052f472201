import { parseArgs } from 'node:util';

export interface BenchOptions {
  rows: number;
  /** Also a million rows, to see that the memory does not grow. */
  full: boolean;
  latencyMs: number;
}

export const usage = `npm run bench -- [--rows N] [--full] [--latency MS]
  --rows N       rows of the large job, 100000 unless told
  --full         also the plain job with a million rows (several minutes)
  --latency MS   also the encrypted job with this delay added to every answer`;

/** `null` when the usage is asked for. */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '100000' },
      full: { type: 'boolean', default: false },
      latency: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    rows: count(values.rows, 'rows', 100),
    full: values.full,
    latencyMs: count(values.latency, 'latency', 0),
  };
}

function count(text: string, name: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} takes a whole number of at least ${least}, not ${text}`);
}
