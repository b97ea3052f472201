/** Words of exports. The mapping of an export says what is read of a window of time, and turns each entry into the cells of a line. */
import type { Json, JsonObject } from '../../base/json.ts';
import type { Operation } from '../../connectors/port.ts';
import type { outcomes } from './schema.ts';

/** From, and up to but without, in epoch milliseconds; meant on the clock of the time zone. */
export interface Span {
  from: number;
  to: number;
  /** IANA name. */
  timeZone: string;
}

export interface CompiledExport {
  name: string;
  /** Changes whenever the mapping does (a hash). */
  version: string;
  header: readonly string[];
  source: ListSource | RowSource;
}

export interface ListSource {
  kind: 'list';
  /** The system that is read, e.g. `servify`. */
  system: string;
  operation: Operation;
  /** Without the fields that ask for a page. */
  request(span: Span): JsonObject;
  /** Asked for; of a page. */
  pageSize: number;
  /** Of one answer, or of one page; `null` when there is no list in it. */
  entries(answer: Json): readonly Json[] | null;
  /** Tells the entry from all others; `null` when it cannot be told, or when none was declared. */
  key(entry: Json): string | null;
  /** Whether entries are held to the window by days alone. */
  byDays: boolean;
  /** Time zones on whose clocks moments are told without their offset, so that one may be another an hour later; `null` is that of the export. */
  wallClocks: readonly (string | null)[];
  /** Whether the moment of the entry lies in the window; `null` when it has none that can be read. */
  belongs(entry: Json, span: Span): boolean | null;
  details: { operation: Operation; request(entry: Json): JsonObject } | null;
  /** Throws `EXPORT_VALUE`. */
  cells(entry: Json, detail: Json, span: Span): string[];
}

export interface RowSource {
  kind: 'rows';
  outcomes: readonly (typeof outcomes)[number][];
  /** Columns of the feed's files, and of its acknowledgements, that it needs. */
  fields: readonly string[];
  ackCells: readonly string[];
  /** Throws `EXPORT_VALUE`. */
  cells(row: SettledRow, span: Span): string[];
}

/** A row as an export sees it. */
export interface SettledRow {
  /** By column of its file. */
  fields: ReadonlyMap<string, string>;
  /** By column of the acknowledgement. */
  cells: Readonly<Record<string, string>>;
  line: number;
  outcome: string;
  code: string;
  message: string;
  /** Name of its file. */
  file: string;
  /** When the file was settled, in epoch milliseconds. */
  settled: number;
}
