import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeCsv } from '../../src/csv/writer.ts';
import { headerLine, newPath, options, read, refusal, useFolder } from './files.ts';

useFolder();

const counted = { dialect: { trailer: { marker: 'END', totalOf: null } } };
const summed = { dialect: { trailer: { marker: 'END', totalOf: 'Plan Price' } } };
const rows = `${headerLine}\nC1,Anna,0.1\nC2,Bert,0.2\n`;

describe('accepted', () => {
  it('takes a right count, with or without a final line break, padded or not', async () => {
    for (const end of ['END,2\n', 'END,2', 'END,2,\r\n', 'END,002\n\n']) {
      expect((await read(rows + end, counted)).rows).toHaveLength(2);
    }
    expect((await read(`${headerLine}\nEND,0\n`, counted)).rows).toEqual([]);
  });

  it('adds up decimals exactly', async () => {
    for (const total of ['0.3', '0.30', '+0.300']) {
      expect((await read(`${rows}END,2,${total}\n`, summed)).rows).toHaveLength(2);
    }
    const large = `${headerLine}\nC1,A,9007199254740993.01\nC2,B,-0.02\nC3,C,\nC4,D, 5 \nEND,4,9007199254740997.99\n`;
    expect((await read(large, summed)).rows).toHaveLength(4);
  });

  it('counts the rows of a limit without the trailer', async () => {
    expect((await read(`${rows}END,2\n`, { ...counted, limits: { maxRows: 2 } })).rows).toHaveLength(2);
  });
});

describe('refused with FILE_TRAILER', () => {
  it.each([
    ['a wrong count', `${rows}END,3,0.3\n`, 'The trailer says 3 rows, the file holds 2', 4],
    ['a wrong total', `${rows}END,2,0.31\n`, 'The trailer says a total of 0.31, the rows add up to 0.3', 4],
    ['no trailer', rows, 'The trailer is missing', 3],
    ['a row behind it', `${rows}END,2,0.3\nC3,Carl,1\n`, 'There is a row behind the trailer', 5],
    ['a second one', `${rows}END,2,0.3\nEND,2,0.3\n`, 'There is a second trailer', 5],
    ['no total', `${rows}END,2\n`, 'The trailer is not complete or not understood', 4],
    ['no count', `${rows}END,two,0.3\n`, 'The trailer is not complete or not understood', 4],
    ['too much in it', `${rows}END,2,0.3,x\n`, 'The trailer is not complete or not understood', 4],
    ['a total that is no number', `${rows}END,2,"0,3"\n`, 'The total in the trailer is no plain number', 4],
    [
      'an amount that is no number',
      `${headerLine}\nC1,Anna,"1.234,50"\nEND,1,1\n`,
      '"Plan Price" cannot be added up',
      2,
    ],
  ])('%s', async (_, content, message, line) => {
    const error = await refusal(content, summed);
    expect(error).toMatchObject({
      code: 'FILE_TRAILER',
      message,
      place: { file: 'Sales_20240611.csv', line },
    });
    expect(error.expected).toBeTruthy();
    expect(error.fix).toBeTruthy();
  });

  it('refuses to add up a column that is not there', async () => {
    const setting = { dialect: { ...options().dialect, trailer: { marker: 'END', totalOf: 'Price' } } };
    expect(await refusal(`${rows}END,2\n`, setting)).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('written', () => {
  const header = headerLine.split(',');
  const rows = [
    ['C1', 'Anna', '0.1'],
    ['C2', 'Bert', ' 0.2 '],
    ['C3', 'Cleo', ''],
    ['C4', 'Dora', '-9007199254740993.05'],
  ];

  it.each([
    ['a total', { marker: 'END', totalAt: 2 }, 'END,4,-9007199254740992.75', summed],
    ['a count alone', { marker: 'END', totalAt: null }, 'END,4', counted],
    ['a total of a column that the file leaves out', { marker: 'END', totalAt: -1 }, 'END,4,0', null],
    ['a marker as it was agreed', { marker: '=END', totalAt: null }, '=END,4', null],
  ])('as the last record, with %s', async (_what, trailer, last, setting) => {
    const path = newPath();
    await writeCsv(path, { header, rows, trailer });
    const text = await readFile(path, 'utf8');
    expect(text.trimEnd().split('\r\n').at(-1)).toBe(last);
    if (setting) expect((await read(text, setting)).rows).toHaveLength(4);
  });

  it('behind no rows at all', async () => {
    const path = newPath();
    await writeCsv(path, { header, rows: [], trailer: { marker: 'END', totalAt: 2 } });
    expect((await read(await readFile(path), summed)).rows).toEqual([]);
  });

  it('counts for nothing in what is reported', async () => {
    const written = await writeCsv(newPath(), { header, rows, trailer: { marker: 'END', totalAt: 2 } });
    expect(written.rows).toBe(4);
  });
});
