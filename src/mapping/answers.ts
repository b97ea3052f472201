/** From answers to acknowledgement cells, and to the refusal of a row by a read. */
import type { Json, JsonObject } from '../base/json.ts';
import { rowCodes } from '../base/row-codes.ts';
import type { CallResult, Operation } from '../connectors/port.ts';
import { valueAtPath } from './path.ts';
import type { Fill } from './request-fields.ts';
import type { ReadSpec } from './schema.ts';
import type { AckCells, CompiledRead, ReadRefusal } from './types.ts';

type CellSource = (result: CallResult) => string;

const judged: Readonly<Record<string, CellSource>> = {
  $code: (result) => result.code,
  $message: (result) => result.message,
  $status: (result) => String(result.status),
  $ticket: (result) => result.ticket ?? '',
};
export const judgedNames: readonly string[] = Object.keys(judged);

/** @param cells acknowledgement column -> path in the answer, or one of `judgedNames` */
export function cellWriter(cells: Readonly<Record<string, string>>): (result: CallResult) => AckCells {
  const sources = Object.entries(cells).map(([column, from]): [string, CellSource] => [
    column,
    judged[from] ?? ((result) => asText(valueAtPath(result.answer, from))),
  ]);
  return (result) => {
    const written: Record<string, string> = {};
    for (const [column, source] of sources) {
      const text = source(result);
      if (text !== '') written[column] = text;
    }
    return written;
  };
}

/** Objects appear where the reference calls a date an object; they are shown as they came. */
function asText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * @param needs the values that the action's request takes from this read
 * @param common cells that every action fills
 */
export function compileRead(
  name: string,
  operation: Operation,
  spec: ReadSpec,
  needs: readonly Fill[],
  common: Readonly<Record<string, string>>,
): CompiledRead {
  const write = cellWriter({ ...common, ...spec.refusal?.cells });
  const refuse = (result: CallResult, code: string, message: string): ReadRefusal => ({
    code,
    message,
    cells: write({ ...result, code, message }),
  });
  return {
    name,
    operation,
    refusal(result, request) {
      if (!result.accepted) return refuse(result, result.code, result.message);
      const { accept, refusal } = spec;
      if (accept && valueAtPath(result.answer, accept.path) !== accept.equals) {
        const code = refusal?.code ? asText(valueAtPath(result.answer, refusal.code)) : result.code;
        return refuse(result, code, refusal?.message ?? result.message);
      }
      const differing = disagreement(result.answer, request, spec.agree);
      if (differing) return refuse(result, rowCodes.disagrees, `${operation.id} says ${differing}`);
      const lacking = needs.find(
        (fill) => !fill.schema.safeParse(valueAtPath(result.answer, fill.path) ?? undefined).success,
      );
      if (!lacking) return null;
      return refuse(result, result.code, `${operation.id} gave no usable ${lacking.path}`);
    },
  };
}

/** Amounts of another currency, say, must not be taken over unseen. */
function disagreement(answer: Json, request: JsonObject, agree: ReadSpec['agree']): string | null {
  for (const [path, field] of Object.entries(agree)) {
    const [said, sent] = [asText(valueAtPath(answer, path)), asText(valueAtPath(request, field))];
    if (said !== '' && sent !== '' && said !== sent) return `${path} ${said}, the row says ${sent}`;
  }
  return null;
}
