/** From what was read to the cells of a line. */
import { TidegateError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import { valueAtPath } from '../../base/path.ts';
import { momentReader, writeInstant } from './moments.ts';
import type { ColumnSpec, FormSpec, Part } from './schema.ts';
import type { SettledRow, Span } from './types.ts';

/** What a line is made of. */
export type Given = { entry: Json; detail: Json } | { row: SettledRow };

type Take = (given: Given) => Json | undefined;
type Write = (given: Given, span: Span) => string;

/** Throws `EXPORT_VALUE`, without the value: it may be personal. */
export function cellWriter(
  columns: Readonly<Record<string, ColumnSpec>>,
): (given: Given, span: Span) => string[] {
  const writers = Object.entries(columns).map(([name, spec]) => columnWriter(name, spec));
  return (given, span) => writers.map((write) => write(given, span));
}

function columnWriter(name: string, spec: ColumnSpec): Write {
  if ('window' in spec) {
    const { date, window } = spec;
    // The compiler demands it.
    const format = date?.as ?? 'iso';
    return (_, span) => String(writeInstant(boundOf(window, span), format, date?.asZone ?? span.timeZone));
  }
  const take = 'firstOf' in spec ? takeFirst(spec.firstOf.map(taker)) : taker(spec);
  const form = formOf(name, spec);
  return (given, span) => {
    const value = take(given);
    if (value !== undefined && value !== null && value !== '') return form(value, span);
    if (spec.required) throw wrong(name, 'there is no value, and the column requires one');
    return '';
  };
}

const takeFirst =
  (takes: readonly Take[]): Take =>
  (given) => {
    for (const take of takes) {
      const value = take(given);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  };

function taker(part: Part): Take {
  if ('value' in part) return () => part.value;
  if ('entry' in part) return (given) => ('row' in given ? undefined : valueAtPath(given.entry, part.entry));
  if ('detail' in part)
    return (given) => ('row' in given ? undefined : valueAtPath(given.detail, part.detail));
  if ('field' in part) return (given) => ('row' in given ? given.row.fields.get(part.field) : undefined);
  if ('cell' in part) return (given) => ('row' in given ? given.row.cells[part.cell] : undefined);
  return (given) => ('row' in given ? factOf(given.row, part.row) : undefined);
}

const factOf = (row: SettledRow, fact: Extract<Part, { row: unknown }>['row']): Json =>
  // As every moment that a column may format.
  fact === 'settled' ? new Date(row.settled).toISOString() : row[fact];

function formOf(name: string, { date, decimal, replace }: FormSpec): (value: Json, span: Span) => string {
  if (date) {
    const { from, as, zone, asZone } = date;
    const read = momentReader(from ?? 'iso');
    return (value, { timeZone }) => {
      const meant = zone ?? timeZone;
      const at = read(value, meant);
      if (at === null) throw wrong(name, `the value is no ${from ?? 'iso'}`);
      return String(writeInstant(at, as, asZone ?? meant));
    };
  }
  if (decimal) {
    return (value) => {
      const written = writeDecimal(asText(value), decimal);
      if (written !== null) return written;
      throw wrong(name, `the value is no number with at most ${decimal.places} decimals`);
    };
  }
  if (!replace) return asText;
  const replaced = new Map(Object.entries(replace));
  return (value) => replaced.get(asText(value)) ?? asText(value);
}

/** Digit by digit: a float would round. `null` when digits would be lost, or where it is no plain number. */
function writeDecimal(text: string, { places, separator }: NonNullable<FormSpec['decimal']>): string | null {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === '' || /[1-9]/.test(fraction.slice(places))) return null;
  const decimals = fraction.slice(0, places).padEnd(places, '0');
  return `${sign === '-' ? '-' : ''}${whole}${places === 0 ? '' : separator + decimals}`;
}

/** Lists and objects are shown as they came. */
const asText = (value: Json): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

export const boundOf = (bound: 'from' | 'last' | 'to', { from, to }: Span): number =>
  bound === 'from' ? from : bound === 'to' ? to : to - 1000;

const wrong = (column: string, problem: string): TidegateError =>
  new TidegateError('EXPORT_VALUE', problem, {
    subject: `column "${column}"`,
    fix: 'Look at the entry in the target, and correct it there or in the mapping of the export; the window is exported at the next run.',
    retry: 'later',
  });
