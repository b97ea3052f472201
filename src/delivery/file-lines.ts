/** Lines that rows put into outbound files, as they become complete. Pure. */
import { TidegateError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { CallResult } from '../connectors/port.ts';
import type { RowOutcome } from '../ledger/port.ts';
import type { CompiledAction, CompiledFile, PlannedLine } from '../mapping/types.ts';

/** @param given answers of the reads by name */
export const withReads = (
  lines: readonly PlannedLine[],
  action: CompiledAction,
  given: Readonly<Record<string, Json>>,
): PlannedLine[] => lines.map((line) => fileOf(action, line).withReads(line, given));

/** @param result `null` when what was answered is not known */
export const linesOf = (
  lines: readonly PlannedLine[],
  action: CompiledAction,
  result: CallResult | null,
): PlannedLine[] => lines.map((line) => fileOf(action, line).withAnswer(line, result));

/** What becomes of a row for which no call is made. */
export const intoFiles = (lines: readonly PlannedLine[], action: CompiledAction): RowOutcome => ({
  state: 'accepted',
  code: '',
  message: '',
  cells: {},
  lines: linesOf(lines, action, null),
});

/** A file of the feed may wait in the ledger while its mapping changes; a line must not go out with less than was planned. */
function fileOf(action: CompiledAction, { file: name, cells }: PlannedLine): CompiledFile {
  const file = action.files.get(name);
  const gone = file && Object.keys(cells).find((column) => !file.columns.includes(column));
  if (file && gone === undefined) return file;
  const lost = file
    ? `the file "${name}" of "${action.name}" has no column "${gone}"`
    : `"${action.name}" has no file "${name}"`;
  throw new TidegateError('MAPPING_INVALID', `${lost} any more`, {
    fix: 'Put it back until this file is done.',
    retry: 'later',
  });
}
