/** What the last record of a file says about the rows before it. */
import { TidegateError } from '../base/errors.ts';
import { add, equal, format, parseDecimal, zero } from './decimal.ts';
import type { HeaderContract, Trailer } from './types.ts';

const resend = 'The file was changed or cut after it was written: send the complete file again.';

/** Counts rows and adds up their amounts, exactly. */
export class TrailerTally {
  rows = 0;
  sum = zero;

  /** Takes in one row. An empty amount counts as nothing; `false` when it is no plain number. */
  add(amount: string): boolean {
    this.rows++;
    const text = amount.trim();
    const value = text === '' ? zero : parseDecimal(text);
    if (value !== null) this.sum = add(this.sum, value);
    return value !== null;
  }
}

export class TrailerCheck {
  readonly #trailer: Trailer;
  readonly #file: string;
  readonly #totalColumn: number;
  readonly #tally = new TrailerTally();
  #seen = false;

  constructor(trailer: Trailer, contract: HeaderContract, file: string) {
    this.#trailer = trailer;
    this.#file = file;
    this.#totalColumn = contract.columns.findIndex(({ name }) => name === trailer.totalOf);
    if (trailer.totalOf !== null && this.#totalColumn === -1) {
      throw new TidegateError(
        'CONFIG_INVALID',
        `The trailer adds up ${JSON.stringify(trailer.totalOf)}, which is no column`,
        {
          fix: 'Name a column of the header contract in totalOf.',
        },
      );
    }
  }

  isTrailer(record: readonly string[]): boolean {
    return record[0] === this.#trailer.marker;
  }

  /** Counts a row; its fields are in the order of the contract. An empty amount counts as nothing. */
  addRow(fields: readonly string[], line: number): void {
    if (this.#seen)
      throw this.#refuse('There is a row behind the trailer', line, 'the trailer as the last line');
    if (this.#tally.add(fields[this.#totalColumn] ?? '')) return;
    const column = this.#trailer.totalOf;
    throw this.#refuse(
      `${JSON.stringify(column)} cannot be added up`,
      line,
      'a plain number such as 1234.50',
    );
  }

  /** Compares the trailer with the rows so far. Empty fields behind it are padding. */
  close(record: readonly string[], line: number): void {
    if (this.#seen) throw this.#refuse('There is a second trailer', line, 'one trailer, as the last line');
    this.#seen = true;
    const width = this.#trailer.totalOf === null ? 2 : 3;
    const [, rows = '', total = ''] = record;
    if (
      record.length < width ||
      record.slice(width).some((field) => field !== '') ||
      !/^\d{1,15}$/.test(rows)
    ) {
      throw this.#refuse('The trailer is not complete or not understood', line, this.#shape());
    }
    if (Number(rows) !== this.#tally.rows) {
      throw this.#refuse(
        `The trailer says ${Number(rows)} rows, the file holds ${this.#tally.rows}`,
        line,
        'equal counts',
        resend,
      );
    }
    if (this.#trailer.totalOf !== null) this.#compareTotal(total, line);
  }

  /** To be called at the end of the file. */
  demandSeen(line: number): void {
    if (!this.#seen)
      throw this.#refuse('The trailer is missing', line, `${this.#shape()} as the last line`, resend);
  }

  #compareTotal(text: string, line: number): void {
    const total = parseDecimal(text);
    if (total === null)
      throw this.#refuse('The total in the trailer is no plain number', line, this.#shape());
    if (!equal(total, this.#tally.sum)) {
      const problem = `The trailer says a total of ${format(total)}, the rows add up to ${format(this.#tally.sum)}`;
      throw this.#refuse(problem, line, 'equal totals', resend);
    }
  }

  #shape(): string {
    const { marker, totalOf } = this.#trailer;
    const total = totalOf === null ? '' : `, then the total of ${JSON.stringify(totalOf)}`;
    return `${JSON.stringify(marker)}, then the number of rows${total}`;
  }

  #refuse(
    problem: string,
    line: number,
    expected: string,
    fix = 'Correct it and send the complete file again.',
  ): TidegateError {
    return new TidegateError('FILE_TRAILER', problem, { place: { file: this.#file, line }, expected, fix });
  }
}
