import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { load, mapRow, minimal, oneColumn } from './fixtures.ts';

/** `[as sent, as it stands in the request]`; `null` where the value is refused. */
type Example = readonly [sent: string, typed: unknown];

interface Table {
  rule: string;
  field?: string;
  examples: readonly Example[];
}

const tables: Readonly<Record<string, Table>> = {
  'text, trimmed': {
    rule: '{ type: text, max: 5 }',
    examples: [
      [' ab ', 'ab'],
      ['00012', '00012'],
      ['abcdef', null],
      ['a\u0000b', null],
      ['a\nb', null],
      ['=1+1', '=1+1'],
    ],
  },
  'text, collapsed': { rule: '{ type: text, collapse: true }', examples: [[' a \n  b ', 'a b']] },
  'text, untrimmed': { rule: '{ type: text, trim: false }', examples: [[' a', ' a']] },
  'text with a pattern': {
    rule: "{ type: text, min: 2, pattern: '[a-z]+', case: lower }",
    examples: [
      ['ABC', 'abc'],
      ['a', null],
      ['ab1', null],
    ],
  },
  code: {
    rule: '{ type: code, case: upper, values: [MONTH, YEAR], replace: { Monthly: MONTH } }',
    examples: [
      ['Month', 'MONTH'],
      ['monthly', 'MONTH'],
      ['YEAR', 'YEAR'],
      ['Mnoth', null],
    ],
  },
  integer: {
    rule: '{ type: integer, min: 0, max: 9007199254740991 }',
    field: 'count',
    examples: [
      ['1', 1],
      ['007', 7],
      ['1.0', null],
      ['1e5', null],
      ['-1', null],
      ['NaN', null],
      ['+1', null],
      ['1234567890123456', null],
    ],
  },
  decimal: {
    rule: '{ type: decimal, min: 0 }',
    field: 'price',
    examples: [
      ['549.90', 549.9],
      ['0', 0],
      ['00549.9', 549.9],
      ['-0.00', 0],
      ['1e5', null],
      ['1.234,50', null],
      ['1,234.50', null],
      ['1.234', null],
      ['NaN', null],
      ['Infinity', null],
      ['0x10', null],
      ['.5', null],
      ['5.', null],
      ['-1', null],
      ['$5', null],
      ['1 000', null],
      ['٣', null],
      ['9999999999999.99', 9999999999999.99],
      ['99999999999999.99', null],
    ],
  },
  'decimal as text': {
    rule: '{ type: decimal }',
    field: 'priceText',
    examples: [
      ['549.90', '549.90'],
      ['-0549.90', '-549.90'],
    ],
  },
  'decimal with a comma': {
    rule: "{ type: decimal, separator: ',', group: '.', max: 5000 }",
    field: 'price',
    examples: [
      ['1.234,50', 1234.5],
      ['1234,5', 1234.5],
      ['12.34,5', null],
      ['1234.5', null],
      ['9.999,00', null],
    ],
  },
  date: {
    rule: '{ type: date, formats: [YYYY-MM-DD, DD/MM/YYYY, DD-MMM-YYYY, YYYYMMDD] }',
    examples: [
      ['2024-06-11', '2024-06-11'],
      ['11/06/2024', '2024-06-11'],
      ['11-jun-2024', '2024-06-11'],
      ['20240611', '2024-06-11'],
      ['2024-02-29', '2024-02-29'],
      ['2023-02-29', null],
      ['2100-02-29', null],
      ['2000-02-29', '2000-02-29'],
      ['31/02/2024', null],
      ['2024-04-31', null],
      ['2024-13-01', null],
      ['2024-00-10', null],
      ['2024-01-00', null],
      ['2024-6-11', null],
      ['0024-06-11', null],
      ['11-XXX-2024', null],
      ['2024-06-11T00:00', null],
      ['٢٠٢٤-٠٦-١١', null],
    ],
  },
  'date written otherwise': {
    rule: '{ type: date, formats: [YYYY-MM-DD], as: DD MMM YYYY }',
    examples: [['2024-06-01', '01 Jun 2024']],
  },
  'date-time in UTC': {
    rule: '{ type: date-time, formats: [YYYY-MM-DD HH:mm:ss], zone: UTC }',
    examples: [
      ['2024-06-11 18:13:22', '2024-06-11 18:13:22'],
      ['2022-04-31 18:13:22', null],
      ['2024-06-11 24:00:00', null],
      ['2024-06-11', null],
    ],
  },
  'date-time of a zone': {
    rule: '{ type: date-time, formats: [DD.MM.YYYY HH:mm, YYYY-MM-DDTHH:mm:ssZ], zone: Europe/Berlin }',
    examples: [
      ['11.06.2024 01:30', '2024-06-10 23:30:00'],
      ['11.01.2024 01:30', '2024-01-11 00:30:00'],
      ['31.03.2024 02:30', null],
      ['2024-06-11T01:30:00Z', '2024-06-11 01:30:00'],
    ],
  },
  'e-mail': {
    rule: '{ type: email }',
    examples: [
      ['ada@example.com', 'ada@example.com'],
      ["o'hara+x@mail.example.co.uk", "o'hara+x@mail.example.co.uk"],
      ['ada', null],
      ['ada@example', null],
      ['ada..b@example.com', null],
      ['.ada@example.com', null],
      ['ada@-example.com', null],
      ['a b@example.com', null],
      ['a@b.com,c@d.com', null],
      [`${'a'.repeat(65)}@example.com`, null],
      ['Ada <ada@example.com>', null],
    ],
  },
  'phone as sent': {
    rule: '{ type: phone, country: { value: IT } }',
    examples: [
      ['0612345678', '0612345678'],
      ['+39 06 1234 5678', '+39 06 1234 5678'],
      ['123', null],
      ['call me', null],
    ],
  },
  'phone in E.164': {
    rule: '{ type: phone, country: { value: US }, as: e164 }',
    examples: [
      ['(202) 555-0143', '+12025550143'],
      ['2025550143', '+12025550143'],
      ['+49 171 3920000', '+491713920000'],
      ['1112223333', null],
    ],
  },
  'phone, national': {
    rule: '{ type: phone, country: { value: AU }, as: national }',
    examples: [
      ['0491 570 006', '491570006'],
      ['491570006', '491570006'],
    ],
  },
  country: {
    rule: '{ type: country }',
    examples: [
      ['us', 'US'],
      ['XX', null],
      ['USA', null],
      ['__proto__', null],
    ],
  },
  'country in other spellings': {
    rule: '{ type: country, accept: [alpha-2, alpha-3, name] }',
    examples: [
      ['DEU', 'DE'],
      ['germany', 'DE'],
      ['uk', 'GB'],
      ['Atlantis', null],
    ],
  },
  currency: {
    rule: '{ type: currency }',
    field: 'currency',
    examples: [
      ['usd', 'USD'],
      ['EUR', 'EUR'],
      ['DOLLAR', null],
      ['ZZZ', null],
    ],
  },
  'device id': {
    rule: '{ type: device-id }',
    examples: [
      ['490154203237518', '490154203237518'],
      ['490154203237519', null],
      ['940154203237518', null],
      ['SN-AB12CD34', 'SN-AB12CD34'],
      ['A1', null],
      ['49 0154 2032 3751 8', null],
    ],
  },
  'device id, IMEI only': { rule: '{ type: device-id, accept: [imei] }', examples: [['SN-AB12CD34', null]] },
  boolean: {
    rule: '{ type: boolean }',
    field: 'gift',
    examples: [
      ['Yes', true],
      ['0', false],
      ['maybe', null],
    ],
  },
};

describe.each(Object.entries(tables))('%s', (_, { rule, field = 'note', examples }) => {
  test.each(examples)('%j becomes %j', async (sent, typed) => {
    const mapped = (await oneColumn(rule, field))(sent);
    if (typed !== null) {
      expect(mapped.violations).toEqual([]);
      expect(mapped.plan?.request[field]).toBe(typed);
      return;
    }
    expect(mapped.plan).toBeNull();
    expect(mapped.violations).toHaveLength(1);
    const [violation] = mapped.violations;
    expect(violation).toMatchObject({ column: 'Value', value: sent });
    expect(violation?.rule).not.toBe('');
    expect(violation?.fix).not.toBe('');
  });

  test('empty and blank cells are absent', async () => {
    const map = await oneColumn(rule.replace('trim: false', 'trim: true'), field);
    for (const blank of ['', ' ', '\t']) expect(map(blank).plan?.request).toEqual({ id: 'A1' });
  });
});

test('a violation teaches', async () => {
  const map = await oneColumn('{ type: date, formats: [YYYY-MM-DD] }');
  expect(map('11.6.24').violations).toEqual([
    {
      column: 'Value',
      rule: 'date as YYYY-MM-DD',
      value: '11.6.24',
      fix: 'write the date as YYYY-MM-DD, e.g. 2024-06-11',
    },
  ]);
  expect(map('2024-02-31').violations[0]?.fix).toContain('29 days');
});

test('a near miss of a code is named', async () => {
  const map = await oneColumn('{ type: code, values: [MONTH, YEAR] }');
  expect(map('MONT').violations[0]?.fix).toBe('write MONTH, if that is meant');
});

test('of a long value only the beginning is repeated', async () => {
  const map = await oneColumn('{ type: text, max: 10 }');
  const shown = map('😀'.repeat(200)).violations[0]?.value ?? '';
  expect(shown.length).toBeLessThanOrEqual(100);
  expect(shown.isWellFormed()).toBe(true);
});

test('a phone number is judged in the country of its row', async () => {
  const mapping = await load(
    minimal
      .replace(
        'Note: { type: text }',
        'Phone: { type: phone, country: { column: Country } }\n  Country: { type: country }',
      )
      .replace('note: { column: Note }', 'phone: { column: Phone }'),
  );
  const row = (Phone: string, Country: string) =>
    mapRow(mapping, { Id: 'A', Action: 'Create', Phone, Country }).violations;
  expect(row('0491570006', 'AU')).toEqual([]);
  expect(row('0491570006', 'US').map((one) => one.column)).toEqual(['Phone']);
  expect(row('0491570006', '').map((one) => one.column)).toEqual(['Phone']);
  expect(row('+61491570006', '')).toEqual([]);
  // The country is to blame; the number cannot be judged.
  expect(row('0491570006', 'XX').map((one) => one.column)).toEqual(['Country']);
});

test('the short cut for phone numbers says what the library says', async () => {
  for (const country of ['US', 'GB', 'DE', 'IN', 'IT', 'BR', 'AU', 'MX', 'AR', 'SG'] as const) {
    const map = await oneColumn(`{ type: phone, country: { value: ${country} }, as: e164 }`);
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{7,12}$/), (digits) => {
        const known = parsePhoneNumberFromString(digits, { defaultCountry: country, extract: false });
        expect(map(digits).plan?.request['note'] ?? null).toBe(known?.isValid() ? known.number : null);
      }),
      { numRuns: 400 },
    );
  }
});
