import type { JsonObject } from '../base/json.ts';
import { openCsv } from '../csv/reader.ts';
import type { CsvRecord } from '../csv/types.ts';
import type { FileCells, Violation } from '../mapping/types.ts';
import { joinPath } from './file-names.ts';
import type { InboundFeed } from './types.ts';

export interface PreviewedRow {
  line: number;
  action: string;
  /** What would be called, reads first; personal values are masked. Empty when the row has violations. */
  calls: { operation: string; request: JsonObject }[];
  violations: Violation[];
  /** Lines that it would put into outbound files; personal values are masked. */
  lines: { file: string; cells: FileCells }[];
}

export interface Preview {
  rows: number;
  valid: number;
  invalid: number;
  /** Rows by operation that would be called. */
  byOperation: Record<string, number>;
  /** Rows by outbound file that would get a line of them, as `partner:path`. */
  byFile: Record<string, number>;
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
    byFile: {},
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
      const row = previewRow(record, label, feed);
      result.rows++;
      if (row.violations.length > 0) result.invalid++;
      else result.valid++;
      const operation = mapping.actions.get(row.action)?.calls ? row.calls.at(-1)?.operation : undefined;
      if (operation) result.byOperation[operation] = (result.byOperation[operation] ?? 0) + 1;
      for (const { file } of row.lines) result.byFile[file] = (result.byFile[file] ?? 0) + 1;
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

function previewRow(record: CsvRecord, label: string, feed: InboundFeed): PreviewedRow {
  const { mapping } = feed;
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
          ...(compiled.calls
            ? [{ operation: compiled.operation.id, request: mapping.maskJson(action, plan.request) }]
            : []),
        ]
      : [];
  const columns = mapping.header.columns.map(({ name }) => name);
  const hide = (violation: Violation): Violation => {
    const at = columns.indexOf(violation.column);
    const value = at >= 0 && masked[at] !== record.fields[at] ? (masked[at] ?? '') : violation.value;
    return { ...violation, value };
  };
  const lines = (plan?.lines ?? []).map(({ file, split, cells }) => ({
    file: fileFor(file, split, label, feed),
    cells: compiled?.files.get(file)?.mask(cells) ?? {},
  }));
  return { line: record.line, action, calls, violations: violations.map(hide), lines };
}

/** Where the line would go, unless the name is taken by then. */
function fileFor(file: string, split: string, label: string, feed: InboundFeed): string {
  const spec = feed.files.get(file);
  if (!spec) return file;
  return `${spec.partner}:${joinPath(spec.folder, spec.nameFor(feed.parseName(label)?.stamp ?? 'arrival-N', split))}`;
}
