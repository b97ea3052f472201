/** Calls whose results come later, and what was told of them, in words. */
import type { Callback, QueuedCall } from '../ledger/port.ts';

const time = (at: number): string => new Date(at).toISOString();

export function queuedLine({ id, operation, rows, job, queuedAt, until }: QueuedCall): string {
  const name = job === null ? '' : ` as job ${job}`;
  const those = rows === 1 ? '1 row' : `${rows} rows`;
  return `call ${id}: ${operation} with ${those}, queued${name} ${time(queuedAt)}; its result is waited for until ${time(until)}`;
}

const fates: Readonly<Record<Callback['fate'], string>> = {
  result: 'the result of its call',
  other: 'another result than the one that stands',
  late: 'a result after the call was given up',
  unknown: 'about no call that is known',
};

export const callbackLine = ({ id, target, fate, receivedAt }: Callback): string =>
  `callback ${id}: ${target} told ${fates[fate]} ${time(receivedAt)} (--json has what it told)`;

/** Of one feed. */
export const waitingLine = (feed: string, { rows, until }: Waiting): string =>
  `${feed}: ${rows} ${rows === 1 ? 'row waits' : 'rows wait'} for the results of queued calls, until ${time(until)} at the latest`;

export interface Waiting {
  rows: number;
  until: number;
}

/** `null` when nothing is waited for. */
export function waitingFor(calls: readonly QueuedCall[]): Waiting | null {
  if (calls.length === 0) return null;
  return {
    rows: calls.reduce((sum, { rows }) => sum + rows, 0),
    until: Math.max(...calls.map(({ until }) => until)),
  };
}
