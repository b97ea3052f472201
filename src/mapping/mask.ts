/**
 * Personal values made unreadable, for previews and logs. A text keeps its first character (`A•••`), a telephone number or device id
 * its last four (`•••1234`) if it is long enough to hide the rest.
 */
import type { Json, JsonObject } from '../base/json.ts';
import type { Column } from './column.ts';
import type { Feed } from './request-fields.ts';

const dots = '•••';

type Mask = (text: string) => string;

const keepHead: Mask = (text) =>
  text === '' ? '' : `${String.fromCodePoint(text.codePointAt(0) ?? 0)}${dots}`;
const keepTail: Mask = (text) => (text === '' ? '' : text.length < 8 ? dots : `${dots}${text.slice(-4)}`);

const maskFor = ({ spec }: Column): Mask =>
  spec.type === 'phone' || spec.type === 'device-id' ? keepTail : keepHead;

export function fieldMasker(columns: readonly Column[]): (fields: readonly string[]) => readonly string[] {
  const masks = columns.map((column) => (column.spec.personal ? maskFor(column) : null));
  return (fields) => fields.map((field, index) => masks[index]?.(field) ?? field);
}

/** Request fields by name that personal columns feed. Answers and nested objects use the same names. */
export function personalFields(feeds: readonly Feed[]): ReadonlyMap<string, Mask> {
  const masks = new Map<string, Mask>();
  for (const { field, columns } of feeds) {
    const personal = columns.find((column) => column.spec.personal);
    const name = field.at(-1);
    if (personal && name !== undefined) masks.set(name, maskFor(personal));
  }
  return masks;
}

/** Hides the named fields wherever they are in the document. */
export function maskDocument(masks: ReadonlyMap<string, Mask>, document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, maskValue(masks, masks.get(name), value)]),
  );
}

function maskValue(masks: ReadonlyMap<string, Mask>, mask: Mask | undefined, value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => maskValue(masks, mask, one));
  if (value !== null && typeof value === 'object') return maskDocument(masks, value as JsonObject);
  if (!mask || value === null || typeof value === 'boolean') return value;
  return mask(String(value));
}
