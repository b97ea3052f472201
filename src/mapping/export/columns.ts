/** Columns of an export, checked against what the answers of its reads hold, as far as their schemas say. */
import { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { suggestion } from '../../base/schema-problems.ts';
import type { Path, YamlSource } from '../../base/yaml-source.ts';
import { inner } from '../../base/zod-inner.ts';
import type { Operation, Paging } from '../../connectors/port.ts';
import { isOpen } from '../zod-shape.ts';
import { isTimeZone } from './moments.ts';
import type { ColumnSpec, ExportSpec, Part } from './schema.ts';

/** What columns may take values from. */
export interface Origins {
  /** `null` for rows. */
  list: Operation | null;
  details: Operation | null;
}

export function checkColumns(source: YamlSource, spec: ExportSpec, origins: Origins): void {
  const entries = origins.list ? entrySchemas(origins.list, spec.list?.entries) : [];
  const details = origins.details ? payloads(origins.details.response) : [];
  for (const [name, column] of Object.entries(spec.columns)) {
    const path: Path = ['columns', name];
    checkForm(source, path, column);
    for (const [part, at] of partsOf(column, path)) {
      checkOrigin(source, at, part, origins);
      if ('entry' in part) checkPath(source, [...at, 'entry'], part.entry, entries);
      if ('detail' in part) checkPath(source, [...at, 'detail'], part.detail, details);
    }
  }
  const { key = [], within } = spec.list ?? {};
  for (const [index, path] of key.entries()) checkPath(source, ['list', 'key', index], path, entries);
  if (!within) return;
  checkPath(source, ['list', 'within', 'entry'], within.entry, entries);
  if (within.zone !== undefined) checkZone(source, ['list', 'within', 'zone'], within.zone);
}

function partsOf(column: ColumnSpec, path: Path): [Part, Path][] {
  if ('window' in column) return [];
  if (!('firstOf' in column)) return [[column, path]];
  return column.firstOf.map((part, index) => [part, [...path, 'firstOf', index]]);
}

function checkOrigin(source: YamlSource, path: Path, part: Part, { list, details }: Origins): void {
  const ofList = details ? ['entry', 'detail', 'value'] : ['entry', 'value'];
  const known = list ? ofList : ['field', 'cell', 'row', 'value'];
  // A column has its form beside where its value comes from.
  const origin = ['entry', 'detail', 'field', 'cell', 'row', 'value'].find((one) => one in part) ?? '';
  if (known.includes(origin)) return;
  source.report(path, `there is no "${origin}" here`, { expected: known.join(', ') });
}

function checkForm(source: YamlSource, path: Path, column: ColumnSpec): void {
  const { date, decimal, replace } = column;
  const forms = Object.entries({ date, decimal, replace }).flatMap(([name, form]) => (form ? [name] : []));
  if (forms.length > 1)
    source.report(path, `${forms.join(' and ')} cannot go together`, { expected: 'one of them' });
  if ('window' in column && !date)
    source.report(path, 'a bound of the window needs a format', { fix: 'Add date, with as.' });
  if (date && !('window' in column) && !('row' in column) && date.from === undefined)
    source.report([...path, 'date'], 'the format of the value is missing', { fix: 'Add from.' });
  for (const key of ['zone', 'asZone'] as const)
    if (date?.[key] !== undefined) checkZone(source, [...path, 'date', key], date[key]);
}

function checkZone(source: YamlSource, path: Path, zone: string): void {
  if (!isTimeZone(zone)) source.report(path, `"${zone}" is not a time zone known here`);
}

/** Most answers may hold more than their schemas say: what they do not say is left to the tests. */
function checkPath(source: YamlSource, path: Path, dotted: string, schemas: readonly z.ZodType[]): void {
  const lacks = schemas.map((schema) => lackAt(dotted, schema));
  const [lack] = lacks;
  if (!lack || lacks.includes(null)) return;
  source.report(path, `the answer has no "${lack.step}"`, suggestion(lack.step, lack.known));
}

/** The first step that nothing stands for, and what could; `null` when the value may be there. */
function lackAt(dotted: string, schema: z.ZodType): { step: string; known: string[] } | null {
  let here = inner(schema);
  for (const step of dotted.split('.')) {
    if (here instanceof z.ZodObject) {
      const next = here.shape[step] as z.ZodType | undefined;
      if (!next) return isOpen(here) ? null : { step, known: Object.keys(here.shape) };
      here = inner(next);
    } else if (here instanceof z.ZodArray && /^\d+$/.test(step)) here = inner(here.element as z.ZodType);
    else return holdsNothing(here) ? { step, known: [] } : null;
  }
  return null;
}

const holdsNothing = (schema: z.ZodType): boolean =>
  ['string', 'number', 'boolean'].includes(schema.def.type);

/** None when the schema does not tell. */
function entrySchemas({ response, paging }: Operation, entries: string | undefined): z.ZodType[] {
  return payloads(response).flatMap((answer) => {
    const list = paging ? listField(answer, paging) : listAt(answer, entries);
    return list instanceof z.ZodArray ? [list.element as z.ZodType] : [];
  });
}

/** The answer of a call is its body, or what some systems wrap into it. */
function payloads(response: z.ZodType): z.ZodType[] {
  const body = inner(response);
  const wrapped = body instanceof z.ZodObject ? (body.shape['data'] as z.ZodType | undefined) : undefined;
  return wrapped ? [body, inner(wrapped)] : [body];
}

function listAt(answer: z.ZodType, entries: string | undefined): z.ZodType | undefined {
  let here: z.ZodType | undefined = answer;
  for (const step of entries?.split('.') ?? []) {
    const next: unknown = here instanceof z.ZodObject ? here.shape[step] : undefined;
    here = next instanceof z.ZodType ? inner(next) : undefined;
  }
  return here;
}

/** Which field the list of a page is in is the connector's own knowledge; trying it out tells. */
function listField(answer: z.ZodType, { items }: Paging): z.ZodType | undefined {
  const mark: Json = { mark: true };
  if (answer instanceof z.ZodArray) return items([mark]).includes(mark) ? answer : undefined;
  if (!(answer instanceof z.ZodObject)) return undefined;
  const field = Object.keys(answer.shape).find((name) => items({ [name]: [mark] }).includes(mark));
  return field === undefined ? undefined : inner(answer.shape[field] as z.ZodType);
}
