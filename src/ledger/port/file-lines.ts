import type { FileCells } from '../../mapping/types.ts';
import type { Claim } from './arrivals.ts';
import type { OutboundFile } from './outbound.ts';

/** Lines of one arrival that go into one file together. */
export interface LineGroup {
  /** As the mapping names it. */
  file: string;
  /** Empty where it is not split. */
  split: string;
  rows: number;
}

/** An outbound file that was made of rows. */
export interface RowFile extends OutboundFile {
  file: string;
  split: string;
  layout: FileLayout;
}

/** How a file is written; kept with it, so that it can be made again as it was. */
export interface FileLayout {
  /** In the order of the file. */
  columns: readonly string[];
  headerLine: boolean;
  dialect: { encoding: string; delimiter: string; quote: string };
}

/** Lines that rows put into outbound files. They are on record with the outcome of their row; the file is made of them, again and again if need be. */
export interface FileLineLedger {
  /** What belongs into no planned file yet. */
  linesToPlan(arrival: number): Promise<LineGroup[]>;
  /** Decides for good which lines an outbound file has, and how it is laid out; once more makes no difference. */
  planLines(
    claim: Claim,
    file: { outbound: number; file: string; split: string; layout: FileLayout },
  ): Promise<void>;
  /** In the order of the rows. */
  fileLines(
    outbound: number,
    afterLine: number,
    limit: number,
  ): Promise<{ line: number; cells: FileCells }[]>;
  /** In the order in which they were planned. */
  rowFiles(arrival: number): Promise<RowFile[]>;
  rowFile(outbound: number): Promise<RowFile | null>;
}
