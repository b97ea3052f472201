import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { loadMapping } from '../../src/mapping/compile.ts';
import { runMappingTests } from '../../src/mapping/test-file.ts';

const path = 'mappings/contract-sale.yaml';

describe('the contract-sale mapping', () => {
  test('passes the tests that lie beside it', async () => {
    const { passed, failed } = await runMappingTests(path, systems);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(10);
  });

  test('demands the 26 columns of the reference and no other', async () => {
    const mapping = await loadMapping(path, systems);
    const demanded = mapping.header.columns.filter((column) => column.required);
    expect(demanded).toHaveLength(26);
    expect(demanded[0]?.name).toBe('External Contract ID');
    expect(demanded[25]?.name).toBe('Action Type');
  });

  test('covers all six actions', async () => {
    const mapping = await loadMapping(path, systems);
    expect([...mapping.actions.values()].map((action) => action.operation.id)).toEqual([
      'Contract/createContract',
      'Contract/cancelContract',
      'Contract/renewContract',
      'Contract/updateContract',
      'Contract/reactivate',
      'Contract/createTransaction',
    ]);
  });

  test('hides personal values in rows and documents', async () => {
    const mapping = await loadMapping(path, systems);
    const [row] = await sampleRows('samples/Sales_20240611_090000.csv');
    const fields = mapping.header.columns.map((column) => row?.[column.name] ?? '');
    const shown = mapping.mask(fields).join('|');
    const request = JSON.stringify(mapping.maskJson('New Sales', mapping.map(fields).plan?.request ?? {}));
    for (const column of [
      'Customer Name',
      'Email Address',
      'Mobile Number',
      'Address Line 1',
      'Product Unique ID',
    ]) {
      expect(shown).not.toContain(row?.[column]);
      expect(request).not.toContain(row?.[column]);
    }
    expect(request).toContain(row?.['External Contract ID']);
  });
});

describe('the samples', () => {
  test('of the good drop are all accepted', async () => {
    const rows = await mappedSample('samples/Sales_20240611_090000.csv');
    expect(rows.flatMap((row) => row.violations)).toEqual([]);
    expect(new Set(rows.map((row) => row.action)).size).toBe(6);
    expect(rows.length).toBeGreaterThanOrEqual(20);
  });

  test('of the bad drop break the rules they are meant to break', async () => {
    const rows = await mappedSample('samples/Sales_20240611_103000.csv');
    const broken = rows.map((row) => row.violations.map((one) => one.column));
    expect(broken).toEqual([
      [],
      ['Policy Date of Purchase'],
      ['Product Unique ID'],
      ['External SKU Code'],
      ['Email Address'],
      ['Action Type'],
      [],
      ['Device Purchase Price'],
      ['Country Code', 'Email Address', 'Currency Code', 'Frequency Unit'],
      [],
      [],
      [],
      [],
      [],
      [],
    ]);
    expect(rows[6]?.plan?.request['CustomerName']).toMatch(/^=HYPERLINK/);
    expect(rows[9]?.plan).toEqual(rows[10]?.plan);
    expect(rows[11]?.orderKey).toBe(rows[12]?.orderKey);
    expect(rows[11]?.plan).not.toEqual(rows[12]?.plan);
  });
});

async function sampleRows(file: string): Promise<Record<string, string>[]> {
  return parse(await readFile(file), { columns: true }) as Record<string, string>[];
}

async function mappedSample(file: string) {
  const mapping = await loadMapping(path, systems);
  const rows = await sampleRows(file);
  return rows.map((row) => mapping.map(mapping.header.columns.map((column) => row[column.name] ?? '')));
}
