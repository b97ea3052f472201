/** What `pause` and `resume` are told: a name, and a time. */
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { DAY_MS, momentOf } from '../base/wall-clock.ts';
import type { Config } from '../config/types.ts';
import type { Pausable } from '../ledger/port.ts';

export interface Named {
  what: Pausable;
  name: string;
}

/** Reads `acme-sales`, or `feed:acme` where several things are called that. */
export function pausable(text: string, config: Config): Named {
  const all = [
    ...Object.keys(config.feeds).map((name): Named => ({ what: 'feed', name })),
    ...Object.keys(config.exports).map((name): Named => ({ what: 'export', name })),
    ...Object.keys(config.partners).map((name): Named => ({ what: 'partner', name })),
  ];
  const found = all.filter(({ what, name }) => text === name || text === `${what}:${name}`);
  const [one, ...others] = found;
  if (one && others.length === 0) return one;
  const full = (found.length > 0 ? found : all).map(({ what, name }) => `${what}:${name}`);
  if (one) {
    throw new TidegateError('USAGE', `several things are called ${text}`, {
      expected: full.join(' or '),
    });
  }
  const close = nearest(
    text,
    all.map(({ name }) => name),
  );
  throw new TidegateError('NOT_FOUND', `there is nothing called ${text} that could be paused`, {
    fix: close ? `Did you mean ${close}?` : `There are: ${full.join(', ') || 'none yet'}.`,
  });
}

const units = { m: 60_000, h: 3_600_000, d: DAY_MS } as const;

/**
 * Reads `90m`, `4h` and `3d` from now on, `2024-06-12` (its beginning) and `2024-06-12 18:00` on the clock of the time zone, and those with an offset.
 * @param timeZone `null` when none is agreed on
 */
export function pauseEnd(text: string, timeZone: string | null, now: number): number {
  const end = readTime(text, timeZone, now);
  if (end > now) return end;
  throw new TidegateError('USAGE', `${text} is over already`, { expected: 'a time to come' });
}

function readTime(text: string, timeZone: string | null, now: number): number {
  const span = /^([1-9]\d{0,4})([mhd])$/.exec(text);
  if (span) return now + Number(span[1]) * units[span[2] as keyof typeof units];
  const [, day = '', time = '00:00', offset] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const wall = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(day)) {
    throw new TidegateError('USAGE', `"${text}" is no time`, {
      expected: 'a span such as 4h or 3d, a day such as 2024-06-12, or a time such as "2024-06-12 18:00"',
    });
  }
  if (offset !== undefined) return Date.parse(`${day}T${time}${offset}`);
  if (timeZone !== null) return momentOf(wall, timeZone);
  throw new TidegateError('USAGE', `it is not known on which clock ${text} is meant`, {
    expected: 'a span, or a time with its offset, such as 2024-06-12T18:00+02:00',
  });
}

/** On whose clock times are meant: that of the feed or export, or of all of the partner when they have the same. */
export function zoneOf({ what, name }: Named, { feeds, exports }: Config): string | null {
  const all = what === 'feed' ? [feeds] : what === 'export' ? [exports] : [feeds, exports];
  const concerned = all
    .flatMap((section) => Object.values(section))
    .filter((one) => (what === 'partner' ? one.partner : one.name) === name);
  const [zone = null, ...others] = [...new Set(concerned.map(({ timeZone }) => timeZone))];
  return others.length === 0 ? zone : null;
}
