import type { JsonObject } from '../base/json.ts';
import { openCsv } from '../csv/reader.ts';
import type { CsvRecord } from '../csv/types.ts';
import type { CompiledMapping, Violation } from '../mapping/types.ts';
import type { InboundFeed } from './types.ts';

export interface PreviewedRow {
  line: number;
  action: string;
  /** What would be called, reads first; personal values are masked. Empty when the row has violations. */
  calls: { operation: string; request: JsonObject }[];
  violations: Violation[];
}

export interface Preview {
  rows: number;
  valid: number;
  invalid: number;
  /** Rows by operation that would be called. */
  byOperation: Record<string, number>;
  /** Operations whose calls take many of these rows, and whose results come later. */
  shared: string[];
  queued: string[];
  /** The first rows, and the first ones with violations. */
  shown: PreviewedRow[];
}

/**
 * Reads a local file as the feed would and tells what would be sent; makes no call and writes nothing. References that are sent twice are found
 * when the file is staged for real. Throws `FILE_…` where the feed would refuse the file.
 */
export async function preview(
  path: string,
  label: string,
  feed: InboundFeed,
  show: number,
): Promise<Preview> {
  const { mapping } = feed;
  const result: Preview = {
    rows: 0,
    valid: 0,
    invalid: 0,
    byOperation: {},
    shared: [],
    queued: [],
    shown: [],
  };
  const csv = await openCsv(path, {
    dialect: feed.dialect,
    limits: feed.limits,
    contract: mapping.header,
    label,
  });
  for await (const batch of csv.batches()) {
    for (const record of batch) {
      const row = previewRow(record, mapping);
      result.rows++;
      if (row.violations.length > 0) result.invalid++;
      else result.valid++;
      const operation = row.calls.at(-1)?.operation;
      if (operation) result.byOperation[operation] = (result.byOperation[operation] ?? 0) + 1;
      const group = row.violations.length > 0 ? result.invalid : result.valid;
      if (group <= show) result.shown.push(row);
    }
  }
  const called = [...mapping.actions.values()].filter(({ operation: { id } }) => id in result.byOperation);
  const idsOf = (actions: typeof called): string[] => [
    ...new Set(actions.map(({ operation }) => operation.id)),
  ];
  result.shared = idsOf(called.filter(({ operation }) => operation.batch !== undefined));
  result.queued = idsOf(called.filter(({ queued }) => queued));
  return result;
}

function previewRow(record: CsvRecord, mapping: CompiledMapping): PreviewedRow {
  const { action, violations, plan } = mapping.map(record.fields);
  const masked = mapping.mask(record.fields);
  const compiled = mapping.actions.get(action);
  const calls =
    plan && compiled
      ? [
          ...plan.reads.map(({ name, request }) => ({
            operation: compiled.reads.find((read) => read.name === name)?.operation.id ?? name,
            request: mapping.maskJson(action, request),
          })),
          { operation: compiled.operation.id, request: mapping.maskJson(action, plan.request) },
        ]
      : [];
  const columns = mapping.header.columns.map(({ name }) => name);
  const hide = (violation: Violation): Violation => {
    const at = columns.indexOf(violation.column);
    const value = at >= 0 && masked[at] !== record.fields[at] ? (masked[at] ?? '') : violation.value;
    return { ...violation, value };
  };
  return { line: record.line, action, calls, violations: violations.map(hide) };
}
