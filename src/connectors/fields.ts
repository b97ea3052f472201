/** Kinds of request fields that the schemas of several systems are made of. */
import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';

/** A text that must say something. */
export const text = z.string().min(1);
/** `YYYY-MM-DD`, a day that exists. */
export const day = z.iso.date();
/** Documents call some fields numbers and show texts in their examples, or the other way round: either is sent as it is. */
export const textOrNumber = z.union([text, z.number()]);

/** The string under `key`, or `null` when there is none. */
export function textAt(request: JsonObject, key: string): string | null {
  const value = request[key];
  return typeof value === 'string' && value !== '' ? value : null;
}
