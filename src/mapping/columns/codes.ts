/** Countries, currencies and device identifiers. */
import currencies from 'currency-codes';
import countries from 'i18n-iso-countries/index.js';
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import type { ColumnOf } from '../schema.ts';
import { wholePattern } from './text.ts';
import type { Broken, CellType } from './types.ts';

export const isCountry = (code: string): boolean => Object.hasOwn(countries.getAlpha2Codes(), code);

export function countryType(spec: ColumnOf<'country'>): CellType {
  const known = new Map<string, string>();
  for (const [alpha2, alpha3] of Object.entries(countries.getAlpha2Codes())) {
    if (spec.accept.includes('alpha-2')) known.set(alpha2, alpha2);
    if (spec.accept.includes('alpha-3')) known.set(alpha3, alpha2);
  }
  if (spec.accept.includes('name')) {
    for (const [alpha2, names] of Object.entries(english.countries)) {
      for (const country of [names].flat()) known.set(country.toUpperCase(), alpha2);
    }
  }
  const broken: Broken = {
    rule: `country as ISO 3166 ${spec.accept.join(' or ')}`,
    fix: spec.accept.includes('alpha-2')
      ? 'write the two-letter code, e.g. US'
      : 'write the country as agreed',
  };
  return { kind: 'text', read: (text) => known.get(text) ?? known.get(text.toUpperCase()) ?? broken };
}

export function currencyType(): CellType {
  const known = new Set(currencies.codes());
  const broken: Broken = { rule: 'currency as ISO 4217 code', fix: 'write the three-letter code, e.g. USD' };
  return {
    kind: 'text',
    read(text) {
      const code = text.toUpperCase();
      return known.has(code) ? code : broken;
    },
  };
}

export type DeviceIdKind = 'imei' | 'serial';

/** Fifteen digits are an IMEI, everything else is a serial number. */
export const deviceIdKind = (value: string): DeviceIdKind =>
  value.length === 15 && /^\d+$/.test(value) ? 'imei' : 'serial';

export function deviceIdType(spec: ColumnOf<'device-id'>): CellType {
  const serial = wholePattern(spec.serial);
  const accepts = (kind: DeviceIdKind): boolean => spec.accept.includes(kind);
  const broken: Broken = {
    rule: accepts('serial')
      ? accepts('imei')
        ? 'IMEI (15 digits) or serial number'
        : 'serial number'
      : 'IMEI (15 digits)',
    fix: accepts('imei')
      ? 'write the 15 digits of the IMEI (dial *#06#) without blanks'
      : 'write the serial number',
  };
  const wrongCheckDigit: Broken = {
    rule: 'IMEI whose last digit fits the others (Luhn)',
    fix: 'compare it with the device (dial *#06#); a digit is wrong or two are swapped',
  };
  return {
    kind: 'text',
    read(text) {
      const kind = deviceIdKind(text);
      if (!accepts(kind)) return broken;
      if (kind === 'imei') return luhn(text) ? text : wrongCheckDigit;
      return serial.test(text) ? text : broken;
    },
  };
}

/** ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum of digits divisible by ten. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighed = i % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
