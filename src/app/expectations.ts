import type { Config, FeedConfig } from '../config/types.ts';
import type { Expectation } from '../exchange/expected.ts';

/** When the files of a feed have to be there, from the configuration; `null` when nobody misses one. */
export function expectationOf(
  { expects, timeZone, calendar: own }: FeedConfig,
  calendars: Config['calendars'],
): Expectation | null {
  if (expects === null || expects.by === null) return null;
  const calendar = calendars[expects.calendar ?? own ?? ''] ?? null;
  const { by, from, days, count, warnBefore } = expects;
  return {
    ...{ timeZone: expects.timeZone ?? timeZone, from, by, days, calendar, count },
    warnBeforeMs: warnBefore,
  };
}
