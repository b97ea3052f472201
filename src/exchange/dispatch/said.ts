/** How a reply is read: the columns that it must have, and what a line of it says. Pure. */
import type { CsvRecord, HeaderContract } from '../../csv/types.ts';
import type { Said } from '../../ledger/port.ts';
import type { Agreement, ReplyKind, ReplyOutcome } from './types.ts';

/** What rows are named by: equal texts name the same row. */
export const matchText = (values: readonly string[]): string =>
  JSON.stringify(values.map((value) => value.trim()));

export interface SaidReader {
  /** What is not needed is not read, and may be there or not. */
  contract: HeaderContract;
  said(record: CsvRecord): Said;
}

export function saidReader({ match }: Pick<Agreement, 'match'>, kind: ReplyKind): SaidReader {
  const { outcome, id, reasons } = kind;
  const needed = [
    ...match.map(({ theirs: [name = '', ...aliases] }) => ({ name, aliases })),
    ...(typeof outcome === 'string' ? [] : [{ name: outcome.column, aliases: [] }]),
  ];
  const optional = [...(id === null ? [] : [id]), ...reasons];
  const columns = new Map(needed.map((column) => [column.name, { ...column, required: true }]));
  for (const name of optional)
    if (!columns.has(name)) columns.set(name, { name, aliases: [], required: false });
  const names = [...columns.keys()];
  const at = (name: string): number => names.indexOf(name);
  const keys = match.map(({ theirs: [name = ''] }) => at(name));
  return {
    contract: { columns: [...columns.values()], others: 'ignored' },
    said({ line, fields }) {
      const text = (index: number): string => fields[index] ?? '';
      return {
        line,
        match: matchText(keys.map(text)),
        verdict: typeof outcome === 'string' ? outcome : verdictOf(text(at(outcome.column)), outcome),
        theirId: id === null ? '' : text(at(id)).trim(),
        reason: reasons
          .map((name) => text(at(name)).trim())
          .filter(Boolean)
          .join('; '),
      };
    },
  };
}

/** A value that is spelled out goes before one with an asterisk, whichever list it is in. */
function verdictOf(text: string, outcome: Exclude<ReplyOutcome, string>): Said['verdict'] {
  const value = text.trim().toLowerCase();
  const verdicts = ['accepted', 'rejected', 'pending'] as const;
  const exactly = verdicts.find((verdict) => outcome[verdict].some((one) => one.toLowerCase() === value));
  return exactly ?? verdicts.find((verdict) => outcome[verdict].some((one) => fits(value, one))) ?? 'unclear';
}

const fits = (value: string, pattern: string): boolean =>
  pattern.includes('*') && new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'is').test(value);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
