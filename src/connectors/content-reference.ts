import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../base/json.ts';

/**
 * Names an effect by all that is asked for, for operations without a field for a number of the partner's own: the same content means the same effect. The
 * order of fields does not count; nothing of the content can be read from it.
 */
export function contentReference(request: JsonObject): string {
  return createHash('sha256').update(canonical(request)).digest('hex').slice(0, 32);
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}
