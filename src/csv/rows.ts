/** Turns the records behind the header into rows of the contract, one after the other, and refuses the file at the first that does not fit. */
import { TidegateError } from '../base/errors.ts';
import { delimiterName } from './dialect.ts';
import { withoutGuard } from './formula.ts';
import type { HeaderMatch } from './header.ts';
import { TrailerCheck } from './trailer.ts';
import type { CsvLimits, CsvRecord, Dialect, HeaderContract } from './types.ts';

interface RowRules {
  dialect: Dialect;
  limits: CsvLimits;
  contract: HeaderContract;
  label: string;
}

export class RowCheck {
  readonly #rules: RowRules;
  readonly #sources: readonly number[];
  readonly #width: number;
  readonly #sameOrder: boolean;
  readonly #trailer: TrailerCheck | null;
  #rows = 0;
  #firstBlank: number | null = null;

  constructor(rules: RowRules, match: HeaderMatch) {
    this.#rules = rules;
    this.#sources = match.sources;
    this.#width = match.positions.length;
    this.#sameOrder =
      match.sources.length === this.#width && match.sources.every((source, position) => source === position);
    const { trailer } = rules.dialect;
    this.#trailer = trailer === null ? null : new TrailerCheck(trailer, rules.contract, rules.label);
  }

  /** Rows accepted so far. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * The row, or `null` for a blank line or the trailer. Blank lines are tolerated at the end of the file alone. In a file of one column an empty
   * line is a row with an empty field.
   * @param bytes length of the record in the file
   */
  accept(record: readonly string[], line: number, bytes: number): CsvRecord | null {
    if (record.length === 1 && record[0] === '' && this.#width > 1) {
      this.#firstBlank ??= line;
      return null;
    }
    if (this.#firstBlank !== null) {
      throw this.#refuse('There is a blank line between the rows', this.#firstBlank, 'Remove it.');
    }
    if (this.#trailer?.isTrailer(record)) {
      this.#trailer.close(record, line);
      return null;
    }
    if (record.length !== this.#width) throw this.#wrongWidth(record.length, line);
    if (bytes > this.#rules.limits.maxFieldChars) this.#checkFields(record, line);
    const read = record.map(withoutGuard);
    const fields = this.#sameOrder ? read : this.#sources.map((source) => read[source] ?? '');
    this.#trailer?.addRow(fields, line);
    if (++this.#rows > this.#rules.limits.maxRows) throw this.#tooMany(line);
    return { line, fields };
  }

  /** To be called behind the last record. */
  end(line: number): void {
    this.#trailer?.demandSeen(line);
  }

  #wrongWidth(found: number, line: number): TidegateError {
    const fields = found === 1 ? '1 field' : `${found} fields`;
    return this.#refuse(
      `The row has ${fields}, the header has ${this.#width}`,
      line,
      found > this.#width
        ? `Enclose values that contain the delimiter in ${this.#rules.dialect.quote}.`
        : 'Look for a missing field, a stray quote or a line break within a value.',
    );
  }

  #checkFields(record: readonly string[], line: number): void {
    const { maxFieldChars } = this.#rules.limits;
    const field = record.findIndex((text) => text.length > maxFieldChars);
    if (field === -1) return;
    throw new TidegateError(
      'FILE_TOO_LARGE',
      `Field ${field + 1} is longer than ${maxFieldChars} characters`,
      {
        place: { file: this.#rules.label, line },
        expected: `fields of at most ${maxFieldChars} characters`,
        fix: 'Shorten the value, or look for a missing delimiter.',
      },
    );
  }

  #tooMany(line: number): TidegateError {
    const { maxRows } = this.#rules.limits;
    return new TidegateError('FILE_TOO_MANY_ROWS', `The file has more than ${maxRows} rows`, {
      place: { file: this.#rules.label, line },
      expected: `at most ${maxRows} rows`,
      fix: 'Send the rows in several files.',
    });
  }

  #refuse(problem: string, line: number, fix: string): TidegateError {
    return new TidegateError('FILE_STRUCTURE', problem, {
      place: { file: this.#rules.label, line },
      expected: `${this.#width} fields separated by ${delimiterName(this.#rules.dialect.delimiter)}`,
      fix,
    });
  }
}
