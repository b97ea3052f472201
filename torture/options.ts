import { parseArgs } from 'node:util';

export interface TortureOptions {
  minutes: number;
  /** So many kills are enough, also before the time is over. */
  kills: number;
  seed: string;
  /** Cycles side by side. */
  cells: number;
  /** File of a plan that is to be repeated. */
  repeat: string | null;
}

export const usage = `npm run torture -- [--minutes N] [--kills N] [--seed S] [--cells N] [--repeat FILE]
  --minutes N    how long, 5 unless told; every kill point that is found is struck first
  --kills N      ends earlier when there were so many
  --seed S       decides files, faults and strikes; today's date unless told
  --cells N      cycles side by side, 2 unless told
  --repeat FILE  only the cycle of this plan.json, which a violation left behind`;

/** `null` when the usage is asked for. */
export function readOptions(args: readonly string[]): TortureOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      kills: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      cells: { type: 'string', default: '2' },
      repeat: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    minutes: positive(values.minutes, 'minutes'),
    kills: values.kills === 'Infinity' ? Number.POSITIVE_INFINITY : positive(values.kills, 'kills'),
    seed: values.seed,
    cells: Math.ceil(positive(values.cells, 'cells')),
    repeat: values.repeat ?? null,
  };
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} takes a number above 0, not ${text}`);
}
