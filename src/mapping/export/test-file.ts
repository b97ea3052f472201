/** The tests of the mapping of an export lie beside it: `servify-claims.export.yaml` is tested by `servify-claims.export.test.yaml`. */
import { z } from 'zod';
import { TidegateError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import { checkSource } from '../../base/schema-problems.ts';
import { compare, type MappingTestResult, readTestFile } from '../test-parts.ts';
import type { Systems } from '../types.ts';
import { loadExportMapping } from './load.ts';
import { isTimeZone } from './moments.ts';
import { outcomes } from './schema.ts';
import type { CompiledExport, ListSource, RowSource, SettledRow, Span } from './types.ts';

const json = z.json() as z.ZodType<Json>;
const instant = z.iso.datetime({ offset: true, local: false }).transform((text) => Date.parse(text));
const cells = z.record(z.string(), z.string());

const row = z.strictObject({
  fields: cells.default({}).describe('By column of the file.'),
  cells: cells.default({}).describe('By column of the acknowledgement.'),
  line: z.int().min(1).default(2),
  outcome: z.enum(outcomes).default('accepted'),
  code: z.string().default(''),
  message: z.string().default(''),
  file: z.string().default(''),
  settled: instant.default(0),
});

export const exportTestSchema = z.strictObject({
  window: z.strictObject({
    from: instant,
    to: instant,
    timeZone: z.string().refine(isTimeZone, 'this is not a time zone known here'),
  }),
  cases: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        entry: json.optional().describe('What the list gave.'),
        detail: json.default(null).describe('What the second read gave.'),
        row: row.optional().describe('For exports of rows, instead of an entry.'),
        expect: z.strictObject({
          request: json.optional().describe('What is asked of the list, apart from the page.'),
          details: json.optional().describe('What is asked for the entry.'),
          belongs: z.boolean().default(true).describe('Whether the entry is in the window.'),
          cells: cells.optional().describe('The line, in full.'),
          problem: z.string().optional().describe('A part of why the line cannot be written.'),
        }),
      }),
    )
    .min(1),
});

type Case = z.infer<typeof exportTestSchema>['cases'][number];

/**
 * @throws TidegateErrors `MAPPING_INVALID` when the mapping or its test file is not valid
 * @throws TidegateError `NOT_FOUND` when there is no test file
 */
export async function runExportTests(mappingPath: string, systems: Systems): Promise<MappingTestResult> {
  const mapping = await loadExportMapping(mappingPath, systems);
  const { window, cases } = checkSource(await readTestFile(mappingPath), exportTestSchema);
  const failed = cases.flatMap((one) => {
    const problems = checkCase(mapping, one, window);
    return problems.length === 0 ? [] : [{ name: one.name, problem: problems.join('\n') }];
  });
  return { passed: cases.length - failed.length, failed };
}

function checkCase({ header, source }: CompiledExport, one: Case, span: Span): string[] {
  const problems: string[] = [];
  const { expect } = one;
  if (source.kind === 'list') checkReads(problems, source, one, span);
  const { line, problem } = written(source, one, span);
  const isExpected = expect.problem !== undefined && problem?.includes(expect.problem);
  compare(problems, 'problem', isExpected ? expect.problem : problem, expect.problem ?? null);
  const got = line && Object.fromEntries(header.map((name, index) => [name, line[index]]));
  compare(problems, 'cells', got, expect.cells);
  return problems;
}

function checkReads(problems: string[], source: ListSource, { entry, expect }: Case, span: Span): void {
  compare(problems, 'request', source.request(span), expect.request);
  if (entry === undefined) return;
  compare(problems, 'details', source.details?.request(entry), expect.details);
  compare(problems, 'belongs', source.belongs(entry, span), expect.belongs);
}

function written(
  source: ListSource | RowSource,
  { entry, detail, row: given }: Case,
  span: Span,
): { line: string[] | null; problem: string | null } {
  try {
    if (source.kind === 'rows')
      return { line: given ? source.cells(asRow(given), span) : null, problem: null };
    return { line: entry === undefined ? null : source.cells(entry, detail, span), problem: null };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    return { line: null, problem: `${error.subject}: ${error.message}` };
  }
}

const asRow = ({ fields, ...rest }: z.infer<typeof row>): SettledRow => ({
  ...rest,
  fields: new Map(Object.entries(fields)),
});
