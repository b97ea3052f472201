/** The shipped mapping on generated rows: right ones of every action, some of whose cells are exchanged for others. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import type { Json, JsonObject } from '../../src/base/json.ts';
import { loadMapping } from '../../src/mapping/compile.ts';
import type { CompiledMapping, MappedRow } from '../../src/mapping/types.ts';
import { imei, type Row, sale } from '../support/sales.ts';

let mapping: CompiledMapping;
let names: string[];
beforeAll(async () => {
  mapping = await loadMapping('mappings/contract-sale.yaml', systems);
  names = mapping.header.columns.map(({ name }) => name);
});

/** A row of each action that has all that any action asks for. */
const whole: Row = {
  ...sale(1),
  'Reason Code': 'RC101',
  'Cancellation Initiation Date': '2024-06-11',
  'Payment ID': 'PAY-2024-06-000123',
  'Payment Date': '2024-06-11 10:00:00',
  'Payment Amount': '12.50',
  'Transaction Type': 'SUCCESS',
};
const actions = ['New Sales', 'Cancellation', 'Renewal', 'Update', 'Reactivation', 'Payment'];
const rightRow = (action: string): Row => ({
  ...whole,
  'Action Type': action,
  'Sold Plan Code': action === 'New Sales' ? '' : 'SP-1',
});

const cell = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^0{1,3}\d{1,12}$/),
  fc.stringMatching(/^-?\d{1,18}([.,]\d{1,4})?$/),
  fc.constantFrom(
    '',
    ' ',
    '\t',
    '\u00a0',
    '__proto__',
    'constructor',
    'null',
    'true',
    'NaN',
    '1e5',
    '=1+1',
    '-',
    '0',
  ),
  fc.constantFrom(
    '2024-02-30',
    '29/02/2023',
    '2024-06-11',
    '11/06/2024',
    'US',
    'IND',
    'USD',
    'AUR-PH-12-128',
  ),
  fc.constantFrom(imei(7), '353456789012345', 'a@b', 'x@example.com', '+91 98200 12345', 'Month', 'YEAR'),
  fc.constantFrom('\u202e', 'e\u0301', '\ud800', '𝒳', 'x'.repeat(500)),
);

interface Given {
  action: string;
  fields: string[];
}
const row: fc.Arbitrary<Given> = fc
  .tuple(
    fc.constantFrom(...actions),
    fc.array(fc.tuple(fc.nat(40), cell), { maxLength: 3 }),
    fc.constantFrom(...actions, 'sale', ' CANCEL ', ''),
  )
  .map(([action, changes, other]) => {
    const fields = names.map((name) => rightRow(action)[name] ?? '');
    for (const [index, value] of changes) fields[index % fields.length] = value;
    // Mostly the action that the row was made for.
    const actionAt = names.indexOf('Action Type');
    if (changes.length === 3) fields[actionAt] = other;
    return { action, fields };
  });

/** What the eligibility check gives a row that may go on. */
const given = {
  eligibility: { IsEligible: true, PlanPrice: 49.9, CurrencyCode: 'INR', EligibilityStatusCode: '' },
};

function finished(mapped: MappedRow): {
  request: JsonObject;
  reads: { operation: string; request: JsonObject }[];
} {
  const action = mapping.actions.get(mapped.action);
  if (!action || !mapped.plan) throw new Error('the row has no plan');
  const reads = mapped.plan.reads.map(({ name, request }) => ({
    operation: action.reads.find((read) => read.name === name)?.operation.id ?? '',
    request,
  }));
  return { request: action.finish(mapped.plan.request, given), reads };
}

const operation = (id: string) => {
  const found = systems.get('servify')?.get(id);
  if (!found) throw new Error(`no operation ${id}`);
  return found;
};

function* leaves(document: Json): Generator<Json> {
  if (document === null || typeof document !== 'object') yield document;
  else for (const inner of Object.values(document)) yield* leaves(inner as Json);
}

describe('the contract-sale mapping', () => {
  it('gives every row a plan or its violations, which name columns that there are', () => {
    let plans = 0;
    fc.assert(
      fc.property(row, ({ fields }) => {
        const mapped = mapping.map(fields);
        expect(mapped.plan === null).toBe(mapped.violations.length > 0);
        for (const { column, rule, fix } of mapped.violations) {
          expect(names).toContain(column);
          expect([rule, fix]).not.toContain('');
        }
        if (mapped.plan) plans++;
      }),
      { numRuns: 3000 },
    );
    // The rest of the properties would hold of nothing otherwise.
    expect(plans).toBeGreaterThan(500);
  });

  it('plans only requests and reads that their operations take', () => {
    fc.assert(
      fc.property(row, ({ fields }) => {
        const mapped = mapping.map(fields);
        if (!mapped.plan) return;
        const { request, reads } = finished(mapped);
        const write = mapping.actions.get(mapped.action)?.operation;
        expect(write?.request.safeParse(request).error).toBeUndefined();
        for (const read of reads)
          expect(operation(read.operation).request.safeParse(read.request).error).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps every code as the text that was sent, leading zeros and all', () => {
    const code = fc.stringMatching(/^0{1,4}[1-9]\d{6,9}$/);
    const columns = [
      'External Contract ID',
      'Plan Code',
      'Zipcode',
      'Sold Plan Code',
      'Reason Code',
      'Payment ID',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...actions), fc.constantFrom(...columns), code, (action, column, sent) => {
        const changed: Row = { ...rightRow(action), [column]: sent };
        const mapped = mapping.map(names.map((name) => changed[name] ?? ''));
        if (!mapped.plan) return;
        const { request, reads } = finished(mapped);
        // As a number, or with its zeros gone, it would be another code.
        for (const leaf of [...leaves(request), ...reads.flatMap((read) => [...leaves(read.request)])])
          if (Number(leaf) === Number(sent)) expect(leaf).toBe(sent);
        if (column === 'External Contract ID') expect(request['ExternalReferenceID']).toBe(sent);
      }),
      { numRuns: 1000 },
    );
  });

  it('asks the same thing of the same row, and lets no blanks around a cell change that', () => {
    fc.assert(
      fc.property(row, fc.nat(40), ({ fields }, index) => {
        const once = mapping.map(fields);
        expect(JSON.stringify(mapping.map([...fields]))).toBe(JSON.stringify(once));
        const padded = fields.with(index % fields.length, `  ${fields[index % fields.length]} `);
        if (once.plan) expect(JSON.stringify(mapping.map(padded).plan)).toBe(JSON.stringify(once.plan));
      }),
      { numRuns: 1500 },
    );
  });

  it('shows no personal value where it masks, neither of the row nor of the request', async () => {
    const canary = fc.stringMatching(/^[a-z]{12,20}$/);
    fc.assert(
      fc.property(fc.constantFrom(...actions), canary, fc.nat(999_999), (action, word, number) => {
        const personal: Row = {
          'Customer Name': word,
          'Email Address': `${word}@example.com`,
          'Address Line 1': word.toUpperCase(),
          Zipcode: word.slice(0, 12),
          'Product Unique ID': imei(number),
          'Serial Number': word,
          'Mobile Number': `9820${String(number).padStart(6, '0')}`,
        };
        const fields = names.map((name) => personal[name] ?? rightRow(action)[name] ?? '');
        const shown = [JSON.stringify(mapping.mask(fields))];
        const mapped = mapping.map(fields);
        if (mapped.plan) {
          const { request, reads } = finished(mapped);
          for (const document of [request, ...reads.map((read) => read.request)])
            shown.push(JSON.stringify(mapping.maskJson(mapped.action, document)));
        }
        for (const text of shown)
          for (const value of Object.values(personal)) {
            expect(text).not.toContain(value);
            expect(text.toLowerCase()).not.toContain(value.toLowerCase().slice(0, 10));
          }
      }),
      { numRuns: 1000 },
    );
  });
});
