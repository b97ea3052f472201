/** Which windows of time an export has to cover. Pure: each begins where the one before ends, so none is left out and none overlaps another. */
import { DateTime } from 'luxon';
import type { TimeWindow } from '../../ledger/port.ts';

export interface WindowPolicy {
  /** IANA name; days and months are meant on its clock. */
  timeZone: string;
  /** `since-last`: from where the last one ends up to the time of the schedule. */
  length: 'since-last' | 'day' | 'month';
  /** A window ends so long before the time of the schedule, so that what belongs to it is there when it is read. */
  lagMs: number;
  /** Where the first one begins. */
  startsAt: number;
  /** Of days or months that were missed: a file for each, one for all of them, or none but the last. */
  missed: 'each' | 'one' | 'none';
  /** When the schedule last came up after a time and not after another; without a schedule it always does. */
  lastTime(at: number, after: number): number | null;
}

export interface DueWindows {
  /** That nobody is to look at. */
  skipped: TimeWindow | null;
  /** In their order. */
  files: TimeWindow[];
}

const SECOND_MS = 1000;

/** @param coveredTo where the last window ends; `null` before the first one */
export function dueWindows(policy: WindowPolicy, coveredTo: number | null, now: number): DueWindows {
  const from = coveredTo ?? policy.startsAt;
  const came = policy.lastTime(now, from);
  if (came === null) return { skipped: null, files: [] };
  const until = Math.floor((came - policy.lagMs) / SECOND_MS) * SECOND_MS;
  if (policy.length === 'since-last')
    return { skipped: null, files: until > from ? [{ from, to: until }] : [] };
  return caughtUp(periods(policy, policy.length, from, until), policy.missed);
}

/** Days or months that are over; the first one is shorter where the export began within it. */
function periods(
  { timeZone }: WindowPolicy,
  length: 'day' | 'month',
  from: number,
  until: number,
): TimeWindow[] {
  const found: TimeWindow[] = [];
  for (let begin = from; ; ) {
    const local = DateTime.fromMillis(begin, { zone: timeZone }).startOf(length);
    // A day of 25 hours, or one whose midnight is skipped, is over when the next one begins.
    const end = local
      .plus({ [length]: 1 })
      .startOf(length)
      .toMillis();
    if (end > until) return found;
    found.push({ from: begin, to: end });
    begin = end;
  }
}

function caughtUp(over: readonly TimeWindow[], missed: WindowPolicy['missed']): DueWindows {
  const [first] = over;
  const last = over.at(-1);
  if (!first || !last || missed === 'each' || first === last) return { skipped: null, files: [...over] };
  if (missed === 'one') return { skipped: null, files: [{ from: first.from, to: last.to }] };
  return { skipped: { from: first.from, to: last.from }, files: [last] };
}

/** `YYYYMMDD_HHMMSS` of its end, on the clock of the time zone. */
export const stampOf = ({ to }: TimeWindow, timeZone: string): string =>
  DateTime.fromMillis(to, { zone: timeZone }).toFormat('yyyyMMdd_HHmmss');
