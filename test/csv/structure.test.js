import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openCsv } from "../../src/csv/reader.js";
import { cutRecords } from "../../src/csv/records.js";
import { column, fieldsOf, file, headerLine, newPath, options, read, refusal, useFolder } from "./files.js";
useFolder();
describe('accepted', () => {
    it('takes LF and CRLF, also mixed, and counts physical lines', async () => {
        const reading = await read(`${headerLine}\r\nC1,Anna,10\nC2,Bert,20\r\nC3,"Carl",30\r\n`);
        expect(reading.rows).toEqual([
            { line: 2, fields: ['C1', 'Anna', '10'] },
            { line: 3, fields: ['C2', 'Bert', '20'] },
            { line: 4, fields: ['C3', 'Carl', '30'] },
        ]);
    });
    it('leaves values as they are: zeros, blanks, numbers, quotes', async () => {
        const reading = await read(`${headerLine}\n00123, Anna ,1e5\n"""C"" 2","a,b",=1\n`);
        expect(fieldsOf(reading)).toEqual([
            ['00123', ' Anna ', '1e5'],
            ['"C" 2', 'a,b', '=1'],
        ]);
    });
    it('tolerates blank lines at the end', async () => {
        expect((await read(`${headerLine}\nC1,Anna,10\n\r\n\n`)).rows).toHaveLength(1);
    });
    it('reads an empty line as an empty field where there is one column only', async () => {
        expect(fieldsOf(await read('Id\nC1\n\n', { columns: [column('Id')] }))).toEqual([['C1'], ['']]);
    });
    it('reads line breaks in fields when they are agreed, and still knows the physical lines', async () => {
        const content = `${headerLine}\r\nC1,"Anna\r\nB.",10\r\nC2,"\n\n""",20\nC3,Carl,30\r\n`;
        const reading = await read(content, { dialect: { newlinesInFields: true } });
        expect(reading.rows).toEqual([
            { line: 2, fields: ['C1', 'Anna\r\nB.', '10'] },
            { line: 4, fields: ['C2', '\n\n"', '20'] },
            { line: 7, fields: ['C3', 'Carl', '30'] },
        ]);
    });
    it('gives batches of the agreed size, across many chunks, as often as asked', async () => {
        const lines = Array.from({ length: 20_003 }, (_, i) => `C${i},${i % 7 === 0 ? '"Zoë, B."' : 'Zoë'},${i}`);
        const csv = await openCsv(await file([headerLine, ...lines, ''].join('\n')), options({ batchRows: 500 }));
        for (let round = 0; round < 2; round++) {
            const sizes = [];
            let next = 0;
            const batches = csv.batches();
            let step = await batches.next();
            for (; !step.done; step = await batches.next()) {
                sizes.push(step.value.length);
                for (const { line, fields } of step.value) {
                    expect([line, ...fields]).toEqual([
                        next + 2,
                        `C${next}`,
                        next % 7 === 0 ? 'Zoë, B.' : 'Zoë',
                        `${next}`,
                    ]);
                    next++;
                }
            }
            expect(sizes).toEqual([...Array.from({ length: 40 }, () => 500), 3]);
            expect(step.value).toMatchObject({ rows: 20_003 });
        }
    });
    it('takes another quote and a longer delimiter', async () => {
        const content = `${headerLine}\nC1,'a::b ''c''',10\n`.replaceAll(',', '::');
        expect(fieldsOf(await read(content, { dialect: { quote: "'", delimiter: '::' } }))).toEqual([
            ['C1', "a::b 'c'", '10'],
        ]);
    });
});
describe('quotes', () => {
    it.each([false, true])('names line and column of a quote that is not closed (line breaks agreed: %s)', async (newlinesInFields) => {
        const error = await refusal(`${headerLine}\nC1,Anna,10\nC2,"Bert,20\nC3,Carl,30\n`, {
            dialect: { newlinesInFields },
        });
        expect(error).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 3, column: 4 } });
        expect(error.message).toContain('The quote that opens field 2 is not closed');
        expect(error.fix).toContain('Double every "');
    });
    it('does not let two stray quotes swallow the rows between them', async () => {
        const rows = Array.from({ length: 10_000 }, (_, i) => `C${i},Anna,10`);
        rows[100] = 'C100,"Anna,10';
        rows[5_000] = 'C5000,Anna,10"';
        const error = await refusal([headerLine, ...rows, ''].join('\n'));
        expect(error).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 102, column: 6 } });
    });
    it.each([
        ['C1,An"na,10', 4],
        ['C1,"An"na,10', 4],
        ['C1,Anna"",10', 4],
        ['C1,Anna,"10" ', 9],
    ])('names the field with a stray quote: %s', async (row, at) => {
        const error = await refusal(`${headerLine}\n${row}\n`);
        expect(error).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 2, column: at } });
        expect(error.message).toContain('stray quote');
        expect(error.cause).toBeUndefined();
        expect(error.message + error.expected + error.fix).not.toContain('Anna');
    });
    it('names the physical line of a stray quote behind fields with line breaks', async () => {
        const content = `${headerLine}\n"C\n1","An\nna","1"0\n`;
        expect(await refusal(content, { dialect: { newlinesInFields: true } })).toMatchObject({
            code: 'FILE_STRUCTURE',
            place: { line: 4, column: 5 },
        });
    });
    it('refuses a line break in a field unless it is agreed', async () => {
        const error = await refusal(`${headerLine}\nC1,"An\nna",10\n`);
        expect(error).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 2, column: 4 } });
        expect(error.fix).toContain('line breaks within a value are not agreed');
    });
});
describe('lines', () => {
    it('refuses a last row without a line break, though it has all its fields', async () => {
        const error = await refusal(`${headerLine}\nC1,Anna,10\nC2,Bert,2`);
        expect(error).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 3 } });
        expect(error.message).toContain('may be cut off');
        expect(await refusal(headerLine)).toMatchObject({ code: 'FILE_STRUCTURE', place: { line: 1 } });
    });
    it('refuses a short and a long row with both counts', async () => {
        const short = await refusal(`${headerLine}\nC1,Anna,10\nC2,Bert\n`);
        expect(short).toMatchObject({
            code: 'FILE_STRUCTURE',
            place: { line: 3 },
            expected: '3 fields separated by commas',
        });
        expect(short.message).toBe('The row has 2 fields, the header has 3');
        const long = await refusal(`${headerLine}\nC1,Schmidt, Anna,10\n`);
        expect(long.message).toBe('The row has 4 fields, the header has 3');
        expect(long.fix).toContain('Enclose values');
    });
    it('refuses a blank line between rows', async () => {
        expect(await refusal(`${headerLine}\nC1,Anna,10\n\n\nC2,Bert,20\n`)).toMatchObject({
            code: 'FILE_STRUCTURE',
            message: 'There is a blank line between the rows',
            place: { line: 3 },
        });
    });
    it('refuses lone carriage returns, one or all', async () => {
        expect(await refusal(`${headerLine}\nC1,Anna,10\nC2,Be\rrt,20\n`)).toMatchObject({
            code: 'FILE_STRUCTURE',
            message: 'There is a carriage return without a line feed',
            place: { line: 3, column: 6 },
        });
        expect(await refusal(`${headerLine}\rC1,Anna,10\r`)).toMatchObject({ place: { line: 1, column: 46 } });
    });
});
describe('limits', () => {
    it('refuses too many bytes, rows, bytes in a row and characters in a field', async () => {
        const content = `${headerLine}\nC1,Anna,10\nC2,Bertram,20\n`;
        expect(await refusal(content, { limits: { maxBytes: 20 } })).toMatchObject({ code: 'FILE_TOO_LARGE' });
        expect(await refusal(content, { limits: { maxRows: 1 } })).toMatchObject({
            code: 'FILE_TOO_MANY_ROWS',
            place: { line: 3 },
        });
        expect(await refusal(`${headerLine}\nC1,Anna,${'1'.repeat(60)}\n`, { limits: { maxRecordBytes: 60 } })).toMatchObject({
            code: 'FILE_TOO_LARGE',
            place: { line: 2 },
        });
        expect(await refusal(content, { limits: { maxFieldChars: 6 } })).toMatchObject({
            code: 'FILE_TOO_LARGE',
            message: 'Field 2 is longer than 6 characters',
            place: { line: 3 },
        });
    });
    it.each([null, '"'])('gives up an endless line soon, without holding it (quote: %s)', async (quote) => {
        let taken = 0;
        async function* endless() {
            for (; taken < 1000; taken++)
                yield Buffer.alloc(65_536, taken === 0 ? '"' : 'x');
        }
        const cut = cutRecords(endless(), { file: 'x.csv', maxRecordBytes: 200_000, quote });
        await expect(cut.next()).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', place: { line: 1 } });
        expect(taken).toBeLessThan(5);
    });
    it('ends with the signal', async () => {
        const path = await file(`${headerLine}\n${'C1,Anna,10\n'.repeat(50_000)}`);
        const stop = new AbortController();
        const csv = await openCsv(path, { ...options(), signal: stop.signal });
        const reading = (async () => {
            for await (const _ of csv.batches())
                stop.abort();
        })();
        await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    });
    it('says when the disk has no such file', async () => {
        await expect(openCsv(newPath(), options())).rejects.toMatchObject({
            code: 'SPOOL_FAILED',
            retry: 'later',
        });
    });
    it.each([
        { quote: '' },
        { quote: '""' },
        { quote: 'é' },
        { delimiter: '' },
        { delimiter: '"' },
        { delimiter: '\n' },
    ])('refuses the dialect %j', async (dialect) => {
        const path = newPath();
        await writeFile(path, headerLine);
        await expect(openCsv(path, options({ dialect }))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    });
});
