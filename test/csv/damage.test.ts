import { isUtf8 } from 'node:buffer';
/** Damage that can happen to a file on its way: it is never taken for a sound file with other rows. */
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import { parseBlock, parseRecord } from '../../src/csv/parse.ts';
import type { Block } from '../../src/csv/records.ts';
import { fieldsOf, headerLine, options, outcome, read, refusal, useFolder } from './files.ts';

useFolder();

const value = fc.stringMatching(/^[A-Za-z0-9 .éß€]{0,8}$/);
const cell = fc.oneof(
  value,
  fc.tuple(value, fc.constantFrom(',', '""', ', ""'), value).map(([a, inner, b]) => `"${a}${inner}${b}"`),
  value.map((text) => `"${text}"`),
);
const row = fc.tuple(
  value.map((id) => `C${id}`),
  cell,
  fc.integer({ min: 0, max: 99_999 }).map((n) => (n / 100).toFixed(2)),
);
const eol = fc.constantFrom('\n', '\r\n');
const lines = fc.tuple(fc.array(row, { minLength: 1, maxLength: 6 }), eol).map(([rows, end]) => ({
  end,
  lines: [headerLine, ...rows.map((cells) => cells.join(','))].map((line) => line + end),
}));

describe('a file cut at any byte', () => {
  it('is refused, or a whole number of lines', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(), async ({ lines }, seed) => {
        const bytes = Buffer.from(lines.join(''));
        const whole = fieldsOf(await read(bytes));
        const cut = seed % bytes.length;
        const result = await outcome(bytes.subarray(0, cut));
        if (result instanceof TidegateError) return;
        // Nothing in the file tells that lines are gone; a trailer does, see below.
        expect(lines.map((_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('')))).toContain(cut);
        expect(fieldsOf(result)).toEqual(whole.slice(0, result.rows.length));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused at every byte of a row, also where line breaks in fields are agreed', async () => {
    const content = Buffer.from(`${headerLine}\r\nC1,Anna,10\r\nC2,"Bert, ""B""",100.00\r\n`);
    const linesEnd = [headerLine.length + 2, headerLine.length + 14];
    for (const newlinesInFields of [false, true]) {
      for (let cut = 0; cut < content.length; cut++) {
        if (linesEnd.includes(cut)) continue;
        await refusal(content.subarray(0, cut), { dialect: { newlinesInFields } });
      }
    }
  });

  it('is refused at every byte when there is a trailer, unless no row and no digit that counts is gone', async () => {
    const content = Buffer.from(`${headerLine}\r\nC1,Anna,10\r\nC2,"Bert",100.50\r\nEND,2,110.50\r\n`);
    const setting = { dialect: { trailer: { marker: 'END', totalOf: 'Plan Price' } } };
    const whole = fieldsOf(await read(content, setting));
    for (let cut = 0; cut < content.length; cut++) {
      const result = await outcome(content.subarray(0, cut), setting);
      if (result instanceof TidegateError) continue;
      expect(cut).toBeGreaterThanOrEqual(content.length - 3);
      expect(fieldsOf(result)).toEqual(whole);
    }
  });
});

describe('a stray quote at any place', () => {
  it.each([false, true])('loses no row in silence (line breaks agreed: %s)', async (newlinesInFields) => {
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(), async ({ lines }, seed) => {
        const text = lines.join('');
        const at = headerLine.length + (seed % (text.length - headerLine.length + 1));
        const result = await outcome(`${text.slice(0, at)}"${text.slice(at)}`, {
          dialect: { newlinesInFields },
        });
        expect(result).toBeInstanceOf(TidegateError);
      }),
      { numRuns: 300 },
    );
  });

  it('loses no row in silence when there are two of them', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(), fc.nat(), async ({ lines }, one, two) => {
        const text = lines.join('');
        const damaged = [one, two].reduce((soFar, seed) => {
          const at = seed % (soFar.length + 1);
          return `${soFar.slice(0, at)}"${soFar.slice(at)}`;
        }, text);
        const result = await outcome(damaged);
        if (result instanceof TidegateError) return;
        expect(result.rows.map(({ line }) => line)).toEqual(lines.slice(1).map((_, i) => i + 2));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a file in another encoding', () => {
  it('is refused or reads the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.constantFrom('utf-16le', 'utf-16be', 'windows-1252'),
        fc.boolean(),
        async ({ lines }, encoding, addBOM) => {
          const text = lines.join('');
          const bytes = iconv.encode(text, encoding, { addBOM });
          // Windows-1252 bytes can by chance be valid UTF-8 (`Ã©` is `é`); nothing can tell those.
          fc.pre(!isUtf8(bytes) || bytes.toString('utf8') === text);
          const result = await outcome(bytes);
          if (result instanceof TidegateError) {
            expect(['FILE_ENCODING']).toContain(result.code);
            return;
          }
          expect(fieldsOf(result)).toEqual(fieldsOf(await read(text)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('reading without the parser', () => {
  it('gives what the parser gives, for records without quotes between records with', () => {
    const { dialect } = options();
    const line = fc.tuple(fc.stringMatching(/^[a-z;\t ,é:]{0,10}$/), eol).map(([text, end]) => text + end);
    const quotedLine = fc.tuple(cell, cell, eol).map(([a, b, end]) => `${a},${b}${end}`);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(line, quotedLine), { minLength: 1 }),
        fc.constantFrom(',', ';', '::'),
        (texts, delimiter) => {
          const records = texts.map((text) => Buffer.from(text.replaceAll(',', delimiter)));
          let at = 0;
          const block: Block = {
            bytes: Buffer.concat(records),
            ends: records.map(({ length }) => {
              at += length;
              return at;
            }),
            lines: records.map((_, i) => i + 1),
            finished: true,
          };
          const other = { ...dialect, delimiter };
          expect(parseBlock(block, other, 'x')).toEqual(
            records.map((_, i) => parseRecord(block, i, other, 'x')),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
