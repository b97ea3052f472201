/** The request of a read of an export, from the bounds of the window or from an entry. */
import type { Json, JsonObject } from '../../base/json.ts';
import { valueAtPath } from '../../base/path.ts';
import { suggestion } from '../../base/schema-problems.ts';
import type { Path, YamlSource } from '../../base/yaml-source.ts';
import type { Operation } from '../../connectors/port.ts';
import { isOpen } from '../zod-shape.ts';
import { boundOf } from './cells.ts';
import { isDayOnly, isTimeZone, isWallTime, writeInstant } from './moments.ts';
import type { RequestPart } from './schema.ts';
import type { Span } from './types.ts';

type Parts = Readonly<Record<string, RequestPart>>;

/** What is not in the entry is left out. */
export const fillRequest = (parts: Parts, span: Span, entry: Json): JsonObject =>
  objectOf(parts, (part) => valueFor(part, span, entry));

function objectOf(parts: Parts, value: (part: RequestPart) => Json | undefined): JsonObject {
  const filled = Object.entries(parts).flatMap(([field, part]) => {
    const found = value(part);
    return found === undefined ? [] : [[field, found] as const];
  });
  return Object.fromEntries(filled);
}

function valueFor(part: RequestPart, span: Span, entry: Json): Json | undefined {
  if ('value' in part) return part.value;
  if ('window' in part)
    return writeInstant(boundOf(part.window, span), part.format, part.zone ?? span.timeZone);
  if ('entry' in part) return valueAtPath(entry, part.entry);
  if ('list' in part) return part.list.flatMap((one) => valueFor(one, span, entry) ?? []);
  return objectOf(part.fields, (one) => valueFor(one, span, entry));
}

/** Every part, those within others too. */
export function* allParts(parts: Parts, path: Path): Generator<[RequestPart, Path]> {
  for (const [field, part] of Object.entries(parts)) yield* within(part, [...path, field]);
}

function* within(part: RequestPart, path: Path): Generator<[RequestPart, Path]> {
  yield [part, path];
  if ('fields' in part) yield* allParts(part.fields, [...path, 'fields']);
  if ('list' in part)
    for (const [index, one] of part.list.entries()) yield* within(one, [...path, 'list', index]);
}

/** A month that is over, to try requests with. */
const sample: Span = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1), timeZone: 'UTC' };

/**
 * @param paged fields that ask for a page
 * @param mayUseEntry whether there is an entry to take values from
 */
export function checkRequest(
  source: YamlSource,
  path: Path,
  parts: Parts,
  operation: Operation,
  { paged, mayUseEntry }: { paged: JsonObject; mayUseEntry: boolean },
): void {
  const fields = Object.keys(operation.request.shape);
  for (const field of Object.keys(parts)) {
    if (paged[field] !== undefined)
      source.report([...path, field], `"${field}" asks for the page, and is filled by itself`, { at: 'key' });
    else if (!fields.includes(field) && !isOpen(operation.request))
      source.report([...path, field], `${operation.id} has no field "${field}"`, {
        at: 'key',
        ...suggestion(field, fields),
      });
  }
  let takesEntry = false;
  for (const [part, at] of allParts(parts, path)) {
    if ('entry' in part) takesEntry = true;
    if ('entry' in part && !mayUseEntry)
      source.report([...at, 'entry'], 'the list is read before there is an entry', {
        expected: 'a bound of the window or a constant',
      });
    if ('window' in part && part.zone !== undefined && !isTimeZone(part.zone))
      source.report([...at, 'zone'], `"${part.zone}" is not a time zone known here`);
  }
  // What an entry will give is not known now.
  if (takesEntry) return;
  const tried = operation.request.safeParse({ ...fillRequest(parts, sample, null), ...paged });
  for (const { path: at, message } of tried.error?.issues ?? []) {
    const field = at.map(String).join('.');
    source.report(
      [...path, ...at],
      `${operation.id} does not take this request${field ? `: ${field}` : ''}`,
      {
        expected: message,
      },
    );
  }
}

/** Whether the window bounds it by days, and in the zone of the export. */
export function boundedByDays(parts: Parts): boolean {
  const bounds = boundsIn(parts);
  return bounds.length === 0 || bounds.some(({ format }) => isDayOnly(format));
}

/** On whose clocks the bounds of the window are told; `null` is that of the export. */
export const wallClocksOf = (parts: Parts): (string | null)[] =>
  boundsIn(parts).flatMap(({ format, zone = null }) => (isWallTime(format) ? [zone] : []));

const boundsIn = (parts: Parts) =>
  [...allParts(parts, [])].flatMap(([part]) => ('window' in part ? [part] : []));
