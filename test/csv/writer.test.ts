import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutGuard } from '../../src/csv/formula.ts';
import { openCsv } from '../../src/csv/reader.ts';
import { writeCsv } from '../../src/csv/writer.ts';
import { column, newPath, options, useFolder } from './files.ts';

useFolder();

const header = ['Line', 'Text'];

describe('writeCsv', () => {
  it('writes header and rows with CRLF, quotes what needs it, and reports what it wrote', async () => {
    const path = newPath();
    const rows = [
      ['1', 'a,b'],
      ['2', 'say "hi"'],
      ['3', 'two\nlines'],
      ['4', ''],
    ];
    const written = await writeCsv(path, { header, rows });
    const bytes = await readFile(path);
    expect(bytes.toString()).toBe('Line,Text\r\n1,"a,b"\r\n2,"say ""hi"""\r\n3,"two\nlines"\r\n4,\r\n');
    expect(written).toEqual({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: 4,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('makes every cell inert, those of the header too', async () => {
    const path = newPath();
    await writeCsv(path, { header: ['=A', '-5'], rows: [['=HYPERLINK("http://x")', '+49 151 2345']] });
    expect(await readFile(path, 'utf8')).toBe('\'=A,-5\r\n"\'=HYPERLINK(""http://x"")",+49 151 2345\r\n');
  });

  it('writes a header alone', async () => {
    const path = newPath();
    expect(await writeCsv(path, { header, rows: [] })).toMatchObject({ bytes: 11, rows: 0 });
    expect(await readFile(path, 'utf8')).toBe('Line,Text\r\n');
  });

  it('repeats the dialect of a source', async () => {
    const path = newPath();
    const dialect = { encoding: 'windows-1252', delimiter: ';', quote: "'" };
    await writeCsv(path, { dialect, header, rows: [['1', 'Zoë; €']] });
    expect(await readFile(path, 'latin1')).toBe("Line;Text\r\n1;'Zo\xeb; \x80'\r\n");
  });

  it('streams many rows from a slow source', async () => {
    const path = newPath();
    async function* rows(): AsyncGenerator<string[]> {
      for (let i = 0; i < 2_345; i++) yield [`${i}`, 'Zoë'];
    }
    expect(await writeCsv(path, { header, rows: rows() })).toMatchObject({ rows: 2_345 });
    expect((await readFile(path, 'utf8')).split('\r\n')).toHaveLength(2_347);
  });

  it('leaves nothing behind when the rows fail, and passes their error on', async () => {
    const path = newPath();
    async function* rows(): AsyncGenerator<string[]> {
      for (let i = 0; i < 1_000; i++) yield [`${i}`, 'x'];
      throw new Error('ledger is gone');
    }
    await expect(writeCsv(path, { header, rows: rows() })).rejects.toThrow('ledger is gone');
    expect(existsSync(path)).toBe(false);
    await expect(writeCsv(path, { header, rows: [['1']] })).rejects.toThrow(
      'a row of 1 cells below 2 columns',
    );
    expect(existsSync(path)).toBe(false);
  });

  it('never touches a file that is already there', async () => {
    const path = newPath();
    await writeFile(path, 'precious');
    await expect(writeCsv(path, { header, rows: [] })).rejects.toMatchObject({
      code: 'SPOOL_FAILED',
      retry: 'later',
    });
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  it('is read back as it was written, whatever the cells hold', async () => {
    // NUL is left out, since no reader may accept it.
    const cell = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    const tricky = fc.constantFrom(
      '',
      '"',
      '""',
      '\n',
      '\r\n',
      '\r',
      ',',
      ';',
      '=1',
      '-5',
      ' x ',
      '\uFEFF',
      '"\n"',
      'a,b',
      '\u2028',
    );
    const tableOf = (width: number) => {
      const row = fc.array(fc.oneof(cell, tricky), { minLength: width, maxLength: width });
      return fc.array(row, { maxLength: 8 }).map((rows) => ({ width, rows }));
    };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }).chain(tableOf),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
        async ({ width, rows }, delimiter, encoding) => {
          const path = newPath();
          const names = Array.from({ length: width }, (_, i) => `Column ${i}`);
          await writeCsv(path, { dialect: { encoding, delimiter, quote: '"' }, header: names, rows });
          // U+FFFD cannot be told from damage outside UTF-8, and is refused there.
          if (encoding !== 'utf-8' && rows.flat().some((text) => text.includes('\uFFFD'))) return;
          const csv = await openCsv(
            path,
            options({
              dialect: { encoding, delimiter, newlinesInFields: true },
              columns: names.map((name) => column(name)),
            }),
          );
          const back: string[][] = [];
          for await (const batch of csv.batches()) back.push(...batch.map(({ fields }) => [...fields]));
          // A cell that itself begins like a guarded one is taken for it.
          expect(back).toEqual(rows.map((row) => row.map(withoutGuard)));
        },
      ),
      { numRuns: 150 },
    );
  });
});
