/** Words of column types. */

/** Typed values of a row by column index; `undefined` where the cell is empty or broken. */
export type Values = readonly (string | undefined)[];

/** A rule that a value breaks, and what to do about it. */
export interface Broken {
  rule: string;
  fix: string;
}

/**
 * A compiled column type. A typed value is always text, in one canonical spelling: a number as `1234.5`, a boolean as `true`. What it becomes
 * in a request is decided by the field it goes to, so that nothing is rounded on the way.
 */
export interface CellType {
  kind: 'text' | 'number' | 'boolean';
  /** Index of a column that is read before this one; when it is broken, this one is not judged. */
  dependsOn?: number;
  /** `text` is not empty and already trimmed. `values` has the columns that this one depends on. Never throws. */
  read(text: string, values: Values): string | Broken;
}
