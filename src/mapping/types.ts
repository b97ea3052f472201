/** Words of mapping. A mapping turns the fields of a row into a typed request, and the answer into acknowledgement cells. */
import type { Json, JsonObject } from '../base/json.ts';
import type { CallResult, Operation } from '../connectors/port.ts';
import type { HeaderContract } from '../csv/types.ts';

/** Operations by system and id: what mappings may call. */
export type Systems = ReadonlyMap<string, ReadonlyMap<string, Operation>>;

/** One broken rule of one row. All of them are kept and answered. */
export interface Violation {
  /** Column name, or empty when the row as a whole is meant. */
  column: string;
  /** What is demanded, in words, e.g. `date as YYYY-MM-DD`. */
  rule: string;
  /** The value as it was sent. It goes back to the partner who sent it, and nowhere else. */
  value: string;
  /** What the partner should do. */
  fix: string;
}

/** What a row asks for, ready except for the values that earlier reads give. */
export interface RowPlan {
  request: JsonObject;
  /** Requests of the reads to make first, by the read's name in the mapping, in their order. */
  reads: readonly PlannedRead[];
  /** Lines that the row puts into outbound files; left out where it puts none. */
  lines?: readonly PlannedLine[];
}

/** Cells of an outbound file by column; what has no value is left out. */
export type FileCells = Readonly<Record<string, string>>;

/** A line of an outbound file, ready except for what reads and the answer to the call tell. */
export interface PlannedLine {
  /** Which file, as the mapping names it. */
  file: string;
  /** Value that splits the file; empty where it is not split. */
  split: string;
  cells: FileCells;
  /** The acknowledgement column that tells the name of the file. */
  namedIn?: string;
}

export interface PlannedRead {
  name: string;
  /** Ready except for the values that reads before it give. */
  request: JsonObject;
  /** Where an entry of a list is meant: what it has in these fields. */
  where?: JsonObject;
}

export interface MappedRow {
  /** Values of the acknowledgement's key columns, as sent. */
  keys: readonly string[];
  /** As routed; empty when the action is unknown. */
  action: string;
  /** Rows with the same key go in file order. */
  orderKey: string;
  violations: readonly Violation[];
  /** `null` exactly when there are violations. */
  plan: RowPlan | null;
  /** The file whose content goes with the call; the plan has its name only. */
  attachment: NamedFile | null;
}

export interface NamedFile {
  /** The column that names it. */
  column: string;
  name: string;
  /** The object of the request that takes it. */
  field: string;
}

/** A refusal found by a read, before any effect: the row is rejected with it. */
export interface ReadRefusal {
  code: string;
  message: string;
  cells: AckCells;
}

/** Acknowledgement cells by column name; a column that is left out is empty. */
export type AckCells = Readonly<Record<string, string>>;

export interface CompiledAction {
  name: string;
  /** For an action without a call only its id and reference mean anything. */
  operation: Operation;
  /** Whether a call is made; else its lines in files are all that it does. */
  calls: boolean;
  /** By name. */
  files: ReadonlyMap<string, CompiledFile>;
  /** Whether the call is only queued, and a row has the outcome that is found out later. */
  queued: boolean;
  reads: readonly CompiledRead[];
  /**
   * The request with something that stands for what the reads will give: rows that would have them give other things ask for other things, before any read is made.
   * Effects are named by it.
   */
  identity(plan: RowPlan): JsonObject;
  /** Puts what the reads gave into the request. `given` has an answer for every read. */
  finish(request: JsonObject, given: Readonly<Record<string, Json>>): JsonObject;
  /** Cells for the answer of the operation, accepted or not. */
  cells(result: CallResult): AckCells;
}

/** An outbound file that rows of an action put lines into. */
export interface CompiledFile {
  name: string;
  /** In the order of the file. */
  columns: readonly string[];
  /** Whether rows go into several files by a value of theirs. */
  splits: boolean;
  withReads(line: PlannedLine, given: Readonly<Record<string, Json>>): PlannedLine;
  /** @param result `null` when what was answered is not known */
  withAnswer(line: PlannedLine, result: CallResult | null): PlannedLine;
  /** The same with personal values made unreadable. */
  mask(cells: FileCells): FileCells;
}

export interface CompiledRead {
  name: string;
  operation: Operation;
  /** For how many milliseconds an answer may serve other rows that ask the same; `null` when every row asks for itself. */
  cacheMs: number | null;
  /** Whether an entry of a list is meant: then the list is read to its end. A row that has nothing to look for makes no such read. */
  picks: boolean;
  /** Whether a row goes on without it when it fails, or finds nothing. */
  optional: boolean;
  /** Puts what earlier reads gave into the request. */
  finish(request: JsonObject, given: Readonly<Record<string, Json>>): JsonObject;
  /**
   * What the row goes on with, or why it may not. A read that was itself rejected also refuses the row.
   * @param request of the action, as far as the row fills it
   */
  take(result: CallResult, planned: PlannedRead, request: JsonObject): Taken;
}

/** `seen` is what decided, to be kept with the row: the entry of a list instead of the list. */
export type Taken = { answer: Json } | { refusal: ReadRefusal; seen: Json };

export interface CompiledMapping {
  name: string;
  /** The system whose operations it calls, e.g. `servify`; `null` when it calls none. */
  system: string | null;
  /** Changes whenever the mapping or one of its lookup tables changes (a hash). */
  version: string;
  header: HeaderContract;
  /** Names of the columns that stand first in the acknowledgement. */
  keyColumns: readonly string[];
  /** Names of the result columns of the acknowledgement, in order. */
  ackColumns: readonly string[];
  actions: ReadonlyMap<string, CompiledAction>;
  /** The outbound files that rows of any action put lines into, by name. */
  files: ReadonlyMap<string, Pick<CompiledFile, 'columns' | 'splits'>>;
  /** What names of files that come beside the CSV end in, in lower case; none where no row names a file. */
  fileEndings: readonly string[];
  /** Pure: fields in the order of `header`. */
  map(fields: readonly string[]): MappedRow;
  /** The same fields with personal values made unreadable, for previews and logs. */
  mask(fields: readonly string[]): readonly string[];
  /** A request or answer with the values of personal columns made unreadable. */
  maskJson(action: string, request: JsonObject): JsonObject;
}
