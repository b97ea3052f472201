/** The tests of a mapping lie beside it: `contract-sale.yaml` is tested by `contract-sale.test.yaml`. */
import { z } from 'zod';
import type { Json, JsonObject } from '../base/json.ts';
import { nearest } from '../base/nearest.ts';
import { checkSource, suggestion } from '../base/schema-problems.ts';
import type { YamlSource } from '../base/yaml-source.ts';
import type { CallResult } from '../connectors/port.ts';
import { loadMapping } from './compile.ts';
import { compare, type MappingTestResult, readTestFile } from './test-parts.ts';
import type { CompiledAction, CompiledMapping, PlannedLine, RowPlan, Systems, Violation } from './types.ts';

const json = z.json() as z.ZodType<Json>;
const row = z.record(z.string(), z.string());
const result = z
  .strictObject({
    accepted: z.boolean().default(true),
    status: z.int().default(200),
    code: z.string().default(''),
    message: z.string().default(''),
    answer: json.default({}),
  })
  .describe('What an operation answered, as the connector judged it.');

const expectation = z.strictObject({
  action: z.string().optional(),
  reads: z.record(z.string(), json).optional().describe('Requests of the reads, in full.'),
  request: json.optional().describe('The request in full, with what the reads gave.'),
  violations: z
    .array(z.strictObject({ column: z.string(), rule: z.string().describe('A part of the rule.') }))
    .default([])
    .describe('All of them, in the order of the columns.'),
  refusal: z
    .strictObject({ code: z.string(), cells: z.record(z.string(), z.string()).optional() })
    .optional()
    .describe('The first refusal by a read.'),
  cells: z.record(z.string(), z.string()).optional().describe('Acknowledgement cells for `answer`, in full.'),
  files: z
    .record(
      z.string(),
      z.strictObject({ split: z.string().default(''), cells: z.record(z.string(), z.string()) }),
    )
    .optional()
    .describe(
      'The lines of outbound files, in full: file -> its line, with what the reads and `answer` gave.',
    ),
});

export const mappingTestSchema = z.strictObject({
  base: row.default({}).describe('Values that every row starts from.'),
  cases: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        row: row.default({}).describe('Values that differ from the base; an empty text clears one.'),
        given: z.record(z.string(), result).default({}).describe('Read -> what it answered.'),
        answer: result.optional().describe('What the operation answered.'),
        expect: expectation,
      }),
    )
    .min(1),
});

type Case = z.infer<typeof mappingTestSchema>['cases'][number];

/**
 * @throws TidegateErrors `MAPPING_INVALID` when the mapping or its test file is not valid
 * @throws TidegateError `NOT_FOUND` when there is no test file
 */
export async function runMappingTests(mappingPath: string, systems: Systems): Promise<MappingTestResult> {
  const mapping = await loadMapping(mappingPath, systems);
  const source = await readTestFile(mappingPath);
  const spec = checkSource(source, mappingTestSchema);
  checkColumns(source, mapping, spec);
  const failed = spec.cases.flatMap((one) => {
    const problems = checkCase(mapping, one, { ...spec.base, ...one.row });
    return problems.length === 0 ? [] : [{ name: one.name, problem: problems.join('\n') }];
  });
  return { passed: spec.cases.length - failed.length, failed };
}

function checkColumns(
  source: YamlSource,
  mapping: CompiledMapping,
  spec: z.infer<typeof mappingTestSchema>,
): void {
  const known = mapping.header.columns.map((column) => column.name);
  const rows = [
    { path: ['base'], values: spec.base },
    ...spec.cases.map((one, index) => ({ path: ['cases', index, 'row'], values: one.row })),
  ];
  for (const { path, values } of rows) {
    for (const name of Object.keys(values).filter((one) => !known.includes(one))) {
      source.report([...path, name], `there is no column "${name}"`, {
        at: 'key',
        ...suggestion(name, known),
      });
    }
  }
  source.throwProblems();
}

function checkCase(mapping: CompiledMapping, one: Case, values: Readonly<Record<string, string>>): string[] {
  const mapped = mapping.map(mapping.header.columns.map((column) => values[column.name] ?? ''));
  const { expect } = one;
  const problems = compareViolations(mapped.violations, expect.violations);
  compare(problems, 'action', mapped.action, expect.action);
  const action = mapping.actions.get(mapped.action);
  return action && mapped.plan ? [...problems, ...checkCalls(action, mapped.plan, one)] : problems;
}

function checkCalls(action: CompiledAction, plan: RowPlan, one: Case): string[] {
  const { expect } = one;
  const problems: string[] = [];
  const unknown = Object.keys(one.given).filter((name) => !action.reads.some((read) => read.name === name));
  for (const name of unknown) {
    const near = nearest(
      name,
      action.reads.map((read) => read.name),
    );
    problems.push(`given: ${action.name} has no read "${name}"${near ? `; did you mean "${near}"?` : ''}`);
  }
  const { asked, given, refusal } = simulate(action, plan, one);
  compare(problems, 'reads', asked, expect.reads);
  compare(
    problems,
    'refusal code',
    refusal?.code,
    expect.refusal?.code ?? (refusal ? 'no refusal' : undefined),
  );
  compare(problems, 'refusal cells', refusal?.cells, expect.refusal?.cells);
  if (expect.request !== undefined) {
    compare(problems, 'request', action.finish(plan.request, given), expect.request);
  }
  compare(problems, 'files', filesOf(action, plan, given, one), expect.files);
  if (expect.cells) {
    compare(problems, 'cells', one.answer && action.cells(asResult(one.answer)), expect.cells);
  }
  return problems;
}

function filesOf(
  action: CompiledAction,
  { lines = [] }: RowPlan,
  given: Readonly<Record<string, Json>>,
  { answer }: Case,
): Record<string, Pick<PlannedLine, 'split' | 'cells'>> {
  const result = answer ? asResult(answer) : null;
  return Object.fromEntries(
    lines.flatMap((line) => {
      const file = action.files.get(line.file);
      if (!file) return [];
      const { split, cells } = file.withAnswer(file.withReads(line, given), result);
      return [[line.file, { split, cells }]];
    }),
  );
}

/** The reads as delivery makes them, with the answers that the case gives; without one a read gives nothing. */
function simulate(action: CompiledAction, plan: RowPlan, one: Case) {
  const asked: Record<string, JsonObject> = {};
  const given: Record<string, Json> = {};
  for (const read of action.reads) {
    const planned = plan.reads.find(({ name }) => name === read.name);
    if (!planned) continue;
    asked[read.name] = read.finish(planned.request, given);
    const answer = one.given[read.name];
    if (!answer) continue;
    const taken = read.take(asResult(answer), planned, plan.request);
    if ('refusal' in taken) return { asked, given, refusal: taken.refusal };
    given[read.name] = taken.answer;
  }
  return { asked, given, refusal: undefined };
}

const asResult = (given: z.infer<typeof result>): CallResult => ({ ...given, ticket: null });

function compareViolations(
  found: readonly Violation[],
  expected: readonly { column: string; rule: string }[],
): string[] {
  const matches =
    found.length === expected.length &&
    expected.every(({ column, rule }, index) => {
      const one = found[index];
      return one?.column === column && one.rule.includes(rule);
    });
  if (matches) return [];
  const shown = (list: readonly { column: string; rule: string }[]): string =>
    list.length === 0 ? 'none' : list.map(({ column, rule }) => `${column}: ${rule}`).join('; ');
  return [`violations: expected ${shown(expected)}; got ${shown(found)}`];
}
