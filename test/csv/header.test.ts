import { describe, expect, it } from 'vitest';
import { column, fieldsOf, headerLine, read, refusal, useFolder } from './files.ts';

useFolder();

describe('accepted', () => {
  it('puts the fields into the order of the contract and remembers that of the file', async () => {
    const reading = await read('Plan Price,External Contract ID,Customer Name\n10,C1,Anna\n');
    expect(reading.header).toEqual(['Plan Price', 'External Contract ID', 'Customer Name']);
    expect(reading.rows).toEqual([{ line: 2, fields: ['C1', 'Anna', '10'] }]);
    const [row] = reading.rows;
    expect(reading.header.map((_, i) => row?.fields[reading.positions[i] ?? -1])).toEqual([
      '10',
      'C1',
      'Anna',
    ]);
  });

  it('takes an alias, and reads a missing optional column as empty', async () => {
    const columns = [column('Id', ['Contract']), column('Note', [], false), column('Price')];
    const reading = await read('Contract,Price\nC1,10\n', { columns });
    expect(reading.header).toEqual(['Contract', 'Price']);
    expect(fieldsOf(reading)).toEqual([['C1', '', '10']]);
  });

  it('is satisfied with a header alone', async () => {
    const reading = await read(`${headerLine}\n`);
    expect(reading.header).toHaveLength(3);
    expect(reading.rows).toEqual([]);
  });

  it('unquotes names', async () => {
    expect((await read('"External Contract ID","Customer Name","Plan Price"\r\n')).header[1]).toBe(
      'Customer Name',
    );
  });
});

describe('refused', () => {
  it.each([
    ['an empty file', ''],
    ['a byte order mark alone', '\uFEFF'],
    ['a blank first line', `\n${headerLine}\nC1,Anna,10\n`],
    ['blank lines alone', '\r\n\r\n'],
  ])('%s', async (_, content) => {
    expect(await refusal(content)).toMatchObject({ code: 'FILE_EMPTY', place: { line: 1 } });
  });

  it('names every missing column', async () => {
    const error = await refusal('External Contract ID\nC1\n');
    expect(error.code).toBe('FILE_HEADER');
    expect(error.message).toContain('"Customer Name" is missing');
    expect(error.message).toContain('"Plan Price" is missing');
    expect(error.expected).toContain('"Plan Price"');
  });

  it('suggests the nearest name for an unknown one, with its place', async () => {
    const error = await refusal('External Contract ID,Costumer Name,Plan Price\n');
    expect(error.code).toBe('FILE_HEADER');
    expect(error.message).toContain('"Costumer Name" is not known, did you mean "Customer Name"?');
    expect(error.place).toEqual({ file: 'Sales_20240611.csv', line: 1, column: 22 });
  });

  it.each(['customer name', ' Customer Name', 'Customer Name ', 'Customer_Name', 'CustomerName'])(
    'does not let %j pass for "Customer Name"',
    async (name) => {
      const error = await refusal(`External Contract ID,${name},Plan Price\n`);
      expect(error.message).toContain(`${JSON.stringify(name)} is not known, did you mean "Customer Name"?`);
    },
  );

  it('refuses a column that is there twice, also under its alias', async () => {
    const twice = await refusal(`${headerLine},Plan Price\n`);
    expect(twice.code).toBe('FILE_HEADER');
    expect(twice.message).toContain('"Plan Price" is there twice (columns 3 and 4)');
    const alias = await refusal('Id,Contract\n', { columns: [column('Id', ['Contract'])] });
    expect(alias.message).toContain('"Contract" is there twice');
  });

  it('refuses a column without a name', async () => {
    expect((await refusal(`${headerLine},\n`)).message).toContain('column 4 has no name');
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'refuses the column %s like any unknown one',
    async (name) => {
      const error = await refusal(`${headerLine},${name}\nC1,Anna,10,x\n`);
      expect(error).toMatchObject({ code: 'FILE_HEADER', place: { line: 1, column: 47 } });
      expect(error.message).toContain(`"${name}" is not known`);
    },
  );

  it('does not repeat the values of a file that has no header', async () => {
    const error = await refusal('C1,Anna Schmidt,10\nC2,Bert,20\n');
    expect(error.code).toBe('FILE_HEADER');
    expect(JSON.stringify(error) + error.message).not.toContain('Schmidt');
  });

  it.each([
    [';', 'semicolons'],
    ['\t', 'tabs'],
    ['|', 'vertical bars'],
  ])('recognises %j used instead of the comma', async (delimiter, name) => {
    const content = `${headerLine}\nC1,Anna,10\n`.replaceAll(',', delimiter);
    const error = await refusal(content);
    expect(error).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 1 } });
    expect(error.message).toContain(`separated by ${name}`);
    expect(error.expected).toBe('commas');
    const quoted = content.replaceAll(/[^,;|\t\n]+/g, '"$&"');
    expect((await refusal(quoted)).message).toContain(name);
    expect(fieldsOf(await read(content, { dialect: { delimiter } }))).toEqual([['C1', 'Anna', '10']]);
  });
});
