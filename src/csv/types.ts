/** Words of CSV reading and writing, shared by the reader, the writer and those who use them. */

/** How a partner writes CSV. Declared per feed, never guessed. */
export interface Dialect {
  /** Any name iconv-lite knows; `utf-8` is decoded strictly, a byte order mark is accepted. */
  encoding: string;
  delimiter: string;
  quote: string;
  /** Whether a quoted field may contain line breaks. Off unless asked for: two stray quotes would otherwise swallow rows in silence. */
  newlinesInFields: boolean;
  /** A last record that states what the file holds. Without one, the final line break is demanded, as proof that the file is whole. */
  trailer: Trailer | null;
}

/** `Marker,rows[,total]`: the first field equals `marker`, the second is the number of rows, the third the sum of `totalOf`. */
export interface Trailer {
  marker: string;
  totalOf: string | null;
}

export interface CsvLimits {
  maxBytes: number;
  maxRows: number;
  maxRecordBytes: number;
  maxFieldChars: number;
}

/** The header row that was agreed. A column that is not listed is refused, with the nearest listed name. */
export interface HeaderContract {
  columns: readonly HeaderColumn[];
  /** What becomes of columns that are not listed: refused with the file, unless they may be there and are not read. */
  others?: 'refused' | 'ignored';
}

export interface HeaderColumn {
  name: string;
  /** Other spellings that are accepted. */
  aliases: readonly string[];
  /** A missing optional column reads as empty fields. */
  required: boolean;
}

export interface CsvRecord {
  /** Line of the physical file on which the record starts; the header is on line 1. */
  line: number;
  /** As many as the contract has columns, in its order; exactly what the file says, only unquoted and without our own guard against formulas. */
  fields: readonly string[];
}
