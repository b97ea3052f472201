/** Files and readings for the tests of this folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { TidegateError } from "../../src/base/errors.js";
import { openCsv } from "../../src/csv/reader.js";
export const column = (name, aliases = [], required = true) => ({
    name,
    aliases,
    required,
});
export const contractColumns = [
    column('External Contract ID'),
    column('Customer Name'),
    column('Plan Price'),
];
export const headerLine = 'External Contract ID,Customer Name,Plan Price';
export function options({ dialect, limits, columns = contractColumns, batchRows } = {}) {
    return {
        dialect: {
            encoding: 'utf-8',
            delimiter: ',',
            quote: '"',
            newlinesInFields: false,
            trailer: null,
            ...dialect,
        },
        limits: { maxBytes: 1e8, maxRows: 1e6, maxRecordBytes: 10_000, maxFieldChars: 4_000, ...limits },
        contract: { columns },
        label: 'Sales_20240611.csv',
        ...(batchRows !== undefined && { batchRows }),
    };
}
let folder = '';
let count = 0;
/** To be called once in a test file: gives it a folder of its own and removes it afterwards. */
export function useFolder() {
    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));
}
export const newPath = () => join(folder, `${++count}.csv`);
export async function file(content) {
    const path = newPath();
    await writeFile(path, content);
    return path;
}
/** Reads a file with this content to its end. */
export async function read(content, setting) {
    const csv = await openCsv(await file(content), options(setting));
    const rows = [];
    for await (const batch of csv.batches())
        rows.push(...batch);
    return { header: csv.header, positions: csv.positions, rows };
}
export const fieldsOf = ({ rows }) => rows.map(({ fields }) => [...fields]);
/** The error with which a file with this content is refused. */
export async function refusal(content, setting) {
    const result = await outcome(content, setting);
    if (result instanceof TidegateError)
        return result;
    throw new Error(`not refused: ${JSON.stringify(result)}`);
}
/** The reading, or the error with which it is refused. */
export async function outcome(content, setting) {
    try {
        return await read(content, setting);
    }
    catch (error) {
        if (error instanceof TidegateError)
            return error;
        throw error;
    }
}
