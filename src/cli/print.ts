/** What commands print. Tables and words for people, one JSON document for programs. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { escapeChar } from '../remote/names.ts';

export interface Printer {
  line(text?: string): void;
  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  ok(text: string): void;
  failed(text: string, hint?: string): void;
  json(value: unknown): void;
  error(text: string): void;
}

export function createPrinter(
  out: NodeJS.WritableStream = process.stdout,
  err: NodeJS.WritableStream = process.stderr,
): Printer {
  const line = (text = ''): void => {
    out.write(`${text}\n`);
  };
  return {
    line,
    table(head, rows) {
      const table = new Table({
        head: [...head],
        style: pc.isColorSupported ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] },
        wordWrap: true,
      });
      table.push(...rows.map((row) => row.map(inert)));
      line(table.toString());
    },
    ok: (text) => line(`${pc.green('ok    ')} ${text}`),
    failed(text, hint) {
      line(`${pc.red('failed')} ${text}`);
      if (hint) line(`       ${pc.dim(hint)}`);
    },
    json: (value) => line(JSON.stringify(value, null, 2)),
    error(text) {
      err.write(`${pc.red(text)}\n`);
    },
  };
}

/** What others wrote, a partner's file or a target, must not steer the terminal. */
const inert = <Cell extends string | number>(cell: Cell): Cell | string =>
  typeof cell === 'string' ? cell.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeChar) : cell;
