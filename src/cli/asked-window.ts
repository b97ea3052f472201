/** The window of `--from` and `--to`. Pure. */
import { TidegateError } from '../base/errors.ts';
import { DAY_MS, dayAt, momentOf, wallAt, wallOfDay } from '../base/wall-clock.ts';
import type { ExportPlan } from '../exchange/exports/types.ts';
import type { TimeWindow } from '../ledger/port.ts';
import { momentReader, wallTime } from '../mapping/export/moments.ts';
import { timeWords, windowWords } from './words.ts';

interface Asked {
  from?: string;
  to?: string;
}

/**
 * On the clock of the export's time zone, unless the times say another; `null` when none is asked for.
 * @throws TidegateError `USAGE`
 */
export function askedWindow(
  plans: readonly ExportPlan[],
  { from, to }: Asked,
  now: number,
): TimeWindow | null {
  if (from === undefined && to === undefined) return null;
  const [plan] = plans;
  if (from === undefined || to === undefined || !plan || plans.length > 1) {
    throw new TidegateError('USAGE', 'a window is exported once more for one export, with both of its ends', {
      expected: 'tidegate export NAME --from 2026-01-01 --to 2026-01-02',
    });
  }
  const { timeZone } = plan.windows;
  const window = { from: instant(from, timeZone), to: instant(to, timeZone) };
  if (window.from >= window.to || window.to > now) {
    throw new TidegateError('USAGE', `the window ${windowWords(window, timeZone)} is none that is over`, {
      expected: 'a begin before the end, and an end that is past',
    });
  }
  if (plan.source.kind === 'list' && plan.source.list.byDays) demandDays(plan, window);
  return window;
}

function instant(text: string, timeZone: string): number {
  const read = momentReader('iso')(text, timeZone);
  if (read === null || read % 1000 !== 0) {
    throw new TidegateError('USAGE', `"${text}" is no time`, {
      expected: 'a day such as 2026-01-01, or a time such as 2026-01-01T06:00:00 or 2026-01-01T06:00:00Z',
    });
  }
  const wall = wallTime(text);
  // A day begins with its first moment, also where that is not midnight.
  if (wall === null || wall % DAY_MS === 0 || wallAt(read, timeZone) === wall) return read;
  throw new TidegateError('USAGE', `no clock of ${timeZone} shows "${text}": it is set forward over it`, {
    expected: `a time that is shown, such as ${timeWords(read, timeZone)}, or one with its offset`,
  });
}

/** A list that is bounded by days would bring more than was asked for. */
function demandDays({ name, windows: { timeZone } }: ExportPlan, window: TimeWindow): void {
  const within = [window.from, window.to].find((at) => at !== beginOfDay(at, timeZone));
  if (within === undefined) return;
  throw new TidegateError('USAGE', 'the list is bounded by days, and would bring the whole of each', {
    subject: `export ${name}`,
    expected: `begins of days; ${timeWords(within, timeZone)} lies within one`,
    fix: 'Ask for whole days, such as --from 2026-01-01 --to 2026-01-02, or add list.within to the mapping.',
  });
}

const beginOfDay = (at: number, timeZone: string): number =>
  momentOf(wallOfDay(dayAt(at, timeZone)), timeZone);
