import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { decodeStrictly } from "../../src/csv/decode.js";
import { fieldsOf, headerLine, read, refusal, useFolder } from "./files.js";
useFolder();
const text = `${headerLine}\nC1,Zoë Müller,10\nC2,😀 €uro,20\n`;
const rows = [
    ['C1', 'Zoë Müller', '10'],
    ['C2', '😀 €uro', '20'],
];
async function* chunksOf(bytes, size) {
    for (let at = 0; at < bytes.length; at += size)
        yield bytes.subarray(at, at + size);
}
async function decode(bytes, encoding, size) {
    const parts = [];
    for await (const part of decodeStrictly(chunksOf(bytes, size), encoding, 'x.csv'))
        parts.push(part);
    return Buffer.concat(parts).toString();
}
describe('accepted', () => {
    it('takes a byte order mark for what it is, not for a part of the header', async () => {
        const reading = await read(`\uFEFF${text}`);
        expect(reading.header[0]).toBe('External Contract ID');
        expect(fieldsOf(reading)).toEqual(rows);
    });
    it.each(['utf-16le', 'utf-16be'])('reads %s when it is agreed, with and without a mark', async (encoding) => {
        for (const addBOM of [true, false]) {
            expect(fieldsOf(await read(iconv.encode(text, encoding, { addBOM }), { dialect: { encoding } }))).toEqual(rows);
        }
    });
    it('reads Windows-1252 when it is agreed', async () => {
        const bytes = iconv.encode(`${headerLine}\nC1,Zoë €,10\n`, 'windows-1252');
        expect(fieldsOf(await read(bytes, { dialect: { encoding: 'windows-1252' } }))).toEqual([
            ['C1', 'Zoë €', '10'],
        ]);
    });
    it.each(['utf-8', 'utf-16le', 'utf-16be'])('decodes %s the same however the bytes come in', async (encoding) => {
        for (const size of [1, 2, 3, 5, 7]) {
            expect(await decode(iconv.encode(text, encoding, { addBOM: true }), encoding, size)).toBe(text);
        }
    });
    it('keeps a replacement character that the file really holds', async () => {
        expect(fieldsOf(await read(`${headerLine}\nC1,a\uFFFDb,1\n`))).toEqual([['C1', 'a\uFFFDb', '1']]);
    });
});
describe('refused', () => {
    it('names byte, offset, line and column of invalid UTF-8', async () => {
        const start = Buffer.from(`${headerLine}\nC1,Anna,10\nC2,a\uFFFD`);
        const error = await refusal(Buffer.concat([start, Buffer.from([0xc3, 0x28]), Buffer.from(',1\n')]));
        expect(error.code).toBe('FILE_ENCODING');
        expect(error.message).toContain(`0xC3 at offset ${start.length}`);
        expect(error.place).toEqual({ file: 'Sales_20240611.csv', line: 3, column: 6 });
        expect(error.fix).toMatch(/UTF-8/);
    });
    it('finds invalid bytes far into a file', async () => {
        const start = Buffer.from(`${headerLine}\n${'C1,Zoë,10\n'.repeat(30_000)}`);
        const error = await refusal(Buffer.concat([start, Buffer.from([0xff, 0x0a])]));
        expect(error.message).toContain(`0xFF at offset ${start.length}`);
        expect(error.place).toMatchObject({ line: 30_002, column: 1 });
    });
    it('refuses a file that ends within a character', async () => {
        const bytes = Buffer.from(`${headerLine}\nC1,Zo\u00eb`);
        const error = await refusal(bytes.subarray(0, -1));
        expect(error).toMatchObject({ code: 'FILE_ENCODING', place: { line: 2, column: 6 } });
        expect(error.message).toContain('at offset 51: it may be cut off');
    });
    it('says that Windows-1252 looks like it', async () => {
        const error = await refusal(iconv.encode(`${headerLine}\nC1,Zoë,10\n`, 'windows-1252'));
        expect(error.code).toBe('FILE_ENCODING');
        expect(error.message).toContain('Windows-1252');
        expect(error.place).toMatchObject({ line: 2, column: 6 });
    });
    it.each([
        ['utf-16le', true],
        ['utf-16be', true],
        ['utf-16le', false],
        ['utf-16be', false],
    ])('says that %s (mark: %s) looks like UTF-16', async (encoding, addBOM) => {
        const error = await refusal(iconv.encode(text, encoding, { addBOM }));
        expect(error.code).toBe('FILE_ENCODING');
        expect(error.message).toContain('looks like UTF-16');
    });
    it('refuses a NUL byte with its place', async () => {
        const error = await refusal(`${headerLine}\nC1,An\0na,10\n`);
        expect(error).toMatchObject({ code: 'FILE_ENCODING', place: { line: 2, column: 6 } });
        expect(error.message).toContain('NUL byte at offset 51');
    });
    it('refuses a NUL, unknown bytes and half a character in another encoding', async () => {
        const dialect = { encoding: 'windows-1252' };
        expect(await refusal(`${headerLine}\nC1,\0,1\n`, { dialect })).toMatchObject({
            code: 'FILE_ENCODING',
            place: { line: 2, column: 4 },
        });
        const undefinedByte = Buffer.concat([
            Buffer.from(`${headerLine}\nC1,`),
            Buffer.from([0x81]),
            Buffer.from(',1\n'),
        ]);
        expect(await refusal(undefinedByte, { dialect })).toMatchObject({
            code: 'FILE_ENCODING',
            place: { line: 2, column: 4 },
        });
        const utf16 = iconv.encode(text, 'utf-16le');
        expect(await refusal(utf16.subarray(0, -1), { dialect: { encoding: 'utf-16le' } })).toMatchObject({
            code: 'FILE_ENCODING',
        });
        const lone = Buffer.concat([
            iconv.encode(`${headerLine}\nC1,`, 'utf-16le'),
            Buffer.from([0x00, 0xd8, 0x2c, 0x00]),
        ]);
        expect(await refusal(lone, { dialect: { encoding: 'utf-16le' } })).toMatchObject({
            code: 'FILE_ENCODING',
        });
    });
    it('believes a byte order mark that contradicts what was agreed', async () => {
        const error = await refusal(`\uFEFF${text}`, { dialect: { encoding: 'windows-1252' } });
        expect(error.message).toContain('looks like UTF-8');
    });
    it('refuses an encoding that does not exist as a mistake of the configuration', async () => {
        expect(await refusal(text, { dialect: { encoding: 'utf-9' } })).toMatchObject({ code: 'CONFIG_INVALID' });
    });
});
