/** Contract-sale rows to send in tests: one that the sandbox accepts, changed where a test wants it otherwise. */
import { readFileSync } from 'node:fs';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse } from 'yaml';
import { personal } from './canaries.ts';

const mapping: { columns: Record<string, { optional?: boolean }> } = parse(
  readFileSync(new URL('../../mappings/contract-sale.yaml', import.meta.url), 'utf8'),
);

/** The 26 columns that every file has. */
export const columns = Object.entries(mapping.columns).flatMap(([name, { optional }]) =>
  optional ? [] : [name],
);

export type Row = Readonly<Record<string, string>>;

/** The n-th valid device number: 14 digits and the Luhn digit. */
export function imei(n: number): string {
  const body = `${personal.device}${String(n).padStart(6, '0')}`;
  const sum = [...body].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

export const sale = (n: number, changes: Row = {}): Row => ({
  'External Contract ID': `C-${n}`,
  'Customer Name': `${personal.name} ${n}`,
  'Country Code': 'IN',
  'Phone Code': '91',
  'Email Address': `${personal.mail}${n}@example.com`,
  'Mobile Number': personal.phone,
  'Policy Date of Purchase': '2024-06-10',
  'Plan Code': 'SFYPROTECT01',
  'Sales Channel': 'web',
  'Product Unique ID': imei(n + 1),
  'Currency Code': 'INR',
  'Device Purchase Price': '55000.50',
  'Device Date of Purchase': '2024-06-01',
  'External SKU Code': 'AUR-PH-12-128',
  'Address Line 1': personal.address,
  Zipcode: '400093',
  City: 'Mumbai',
  State: 'Maharashtra',
  'Frequency Value': '1',
  'Frequency Unit': 'Month',
  'Action Type': 'New Sales',
  ...changes,
});

export const cancellation = (n: number, changes: Row = {}): Row => ({
  'External Contract ID': `C-${n}`,
  'Reason Code': 'RC101',
  'Cancellation Initiation Date': '2024-06-11',
  'Action Type': 'Cancellation',
  ...changes,
});

export function csv(rows: readonly Row[], header: readonly string[] = columns): string {
  const lines = rows.map((row) => header.map((name) => cell(row[name] ?? '')).join(','));
  return `${[header.join(','), ...lines].join('\n')}\n`;
}

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Reads a CSV written by Tidegate into rows by column name. */
export const rowsOf = (text: string): Record<string, string>[] => parseCsv(text, { columns: true });
