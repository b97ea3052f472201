/** Numbers that are moments, in the unit that the target wants. Pure. */
import type { Json, JsonObject } from '../../base/json.ts';

export type TimeUnit = 'seconds' | 'milliseconds';

/** Below this a number counts seconds (until the year 5138), from it on milliseconds (since March 1973): no moment of a repair is in doubt. */
const firstMilliseconds = 100_000_000_000;

export function inUnit(value: number, unit: TimeUnit): number {
  const ms = Math.abs(value) < firstMilliseconds ? value * 1000 : value;
  return unit === 'seconds' ? Math.floor(ms / 1000) : Math.round(ms);
}

/** The request with the moments in these fields, single or in lists, in the unit. */
export function withTimes(request: JsonObject, fields: readonly string[], unit: TimeUnit): JsonObject {
  const convert = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(convert);
    return typeof value === 'number' ? inUnit(value, unit) : value;
  };
  const given = Object.entries(request).filter(([name]) => fields.includes(name));
  return { ...request, ...Object.fromEntries(given.map(([name, value]) => [name, convert(value)])) };
}
