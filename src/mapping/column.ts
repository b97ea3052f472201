import type { CellType } from './columns/types.ts';
import type { ColumnSpec } from './schema.ts';

/** A column of the header contract, compiled. */
export interface Column {
  name: string;
  index: number;
  spec: ColumnSpec;
  type: CellType;
  /** Trimmed and collapsed as the column asks; empty means that the cell is empty. */
  normalise(raw: string): string;
}
