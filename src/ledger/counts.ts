import type { Counts, RowState } from './port.ts';

/** @param found how many rows of each state, as a database counts them */
export function countsBy(found: readonly { state: RowState; count: number | bigint | string }[]): Counts {
  const counts: Counts = { rows: 0, pending: 0, accepted: 0, rejected: 0, duplicate: 0, parked: 0 };
  for (const { state, count } of found) {
    counts[state] = Number(count);
    counts.rows += Number(count);
  }
  return counts;
}
