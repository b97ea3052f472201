/** Durations, sizes and thresholds as people write them. The texts are checked by the schema before they come here. */

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const bytes = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

export const durationPattern = /^[1-9]\d*(ms|s|m|h)$/;
export const sizePattern = /^[1-9]\d*(B|KB|MB|GB)$/;
export const percentPattern = /^(\d|[1-9]\d|100)%$/;

/** In milliseconds. */
export function parseDuration(text: string): number {
  return amount(text, milliseconds);
}

/** In bytes; one KB is 1024 of them. */
export function parseSize(text: string): number {
  return amount(text, bytes);
}

function amount(text: string, units: Readonly<Record<string, number>>): number {
  const unit = text.replace(/^\d+/, '');
  return Number.parseInt(text, 10) * (units[unit] ?? Number.NaN);
}

/** How many rejected rows a file may have before it counts as failed. `share` is between 0 and 1. */
export type Threshold = { kind: 'share'; share: number } | { kind: 'rows'; rows: number };

export function parseThreshold(value: string | number): Threshold {
  if (typeof value === 'number') return { kind: 'rows', rows: value };
  return { kind: 'share', share: Number.parseInt(value, 10) / 100 };
}

/** Until when something must be done, counted from a beginning. */
export type Term =
  | { kind: 'clock'; ms: number }
  | { kind: 'business'; amount: number; unit: 'hours' | 'days' };

const termUnits = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function parseTerm(text: string): Term {
  const [count = '', business] = text.split(' ');
  const number = Number.parseInt(count, 10);
  if (business === undefined) return { kind: 'clock', ms: amount(text, termUnits) };
  return { kind: 'business', amount: number, unit: text.includes('day') ? 'days' : 'hours' };
}
