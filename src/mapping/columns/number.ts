/** Integers, decimals and booleans, kept as exact text. */
import type { ColumnOf } from '../schema.ts';
import type { Broken, CellType } from './types.ts';

/** A double holds any decimal of up to 15 significant digits exactly enough to print it again; requests carry JSON numbers. */
const maxDigits = 15;

interface Bounds {
  min?: number | undefined;
  max?: number | undefined;
}

export function integerType(spec: ColumnOf<'integer'>): CellType {
  const example = spec.example ?? String(spec.min ?? 1);
  const broken: Broken = { rule: 'whole number', fix: `write digits only, e.g. ${example}` };
  const rest = checkNumber(spec);
  return {
    kind: 'number',
    read: (text) =>
      /^-?\d+$/.test(text) ? rest(canonical(text.startsWith('-'), text.replace('-', ''), '')) : broken,
  };
}

export function decimalType(spec: ColumnOf<'decimal'>): CellType {
  const { separator, group, places } = spec;
  const digits = group === undefined ? '\\d+' : `\\d+|\\d{1,3}(?:${literally(group)}\\d{3})+`;
  const form = new RegExp(`^(-?)(${digits})(?:${literally(separator)}(\\d+))?$`);
  const example =
    spec.example ?? (places === 0 ? '1234' : `1234${separator}${'50'.padEnd(places, '0').slice(0, places)}`);
  const broken: Broken = {
    rule: `number with ${separator === '.' ? 'a point' : 'a comma'} before the decimals and ${group === undefined ? 'no' : `'${group}' as`} thousands separator`,
    fix: `write the number like ${example}`,
  };
  const tooFine: Broken = {
    rule: `at most ${places} decimals`,
    fix: `round it to ${places} decimals, e.g. ${example}`,
  };
  const rest = checkNumber(spec);
  return {
    kind: 'number',
    read(text) {
      const match = form.exec(text);
      if (match === null) return broken;
      const [, sign, whole = '', decimals = ''] = match;
      if (decimals.length > places) return tooFine;
      return rest(
        canonical(sign === '-', group === undefined ? whole : whole.replaceAll(group, ''), decimals),
      );
    },
  };
}

export function booleanType(spec: ColumnOf<'boolean'>): CellType {
  const fold = (words: readonly string[]) => new Set(words.map((word) => word.toUpperCase()));
  const [yes, no] = [fold(spec.true), fold(spec.false)];
  const broken: Broken = {
    rule: `one of ${[...spec.true, ...spec.false].join(', ')}`,
    fix: `write ${spec.true[0]} or ${spec.false[0]}`,
  };
  return {
    kind: 'boolean',
    read(text) {
      const word = text.toUpperCase();
      return yes.has(word) ? 'true' : no.has(word) ? 'false' : broken;
    },
  };
}

function canonical(negative: boolean, whole: string, decimals: string): string {
  const number = whole.replace(/^0+(?=\d)/, '') + (decimals === '' ? '' : `.${decimals}`);
  return negative && /[1-9]/.test(number) ? `-${number}` : number;
}

function checkNumber(bounds: Bounds): (number: string) => string | Broken {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
  const low: Broken = { rule: `at least ${min}`, fix: `write a number from ${min}` };
  const high: Broken = { rule: `at most ${max}`, fix: `write a number up to ${max}` };
  const long: Broken = { rule: `at most ${maxDigits} digits`, fix: `write at most ${maxDigits} digits` };
  return (number) => {
    if (number.length > maxDigits && number.replace(/^-?0?\.?0*|\./g, '').length > maxDigits) return long;
    const value = Number(number);
    return value < min ? low : value > max ? high : number;
  };
}

const literally = (char: string): string => char.replace(/[.]/g, '\\.');
