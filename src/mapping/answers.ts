/** From answers to acknowledgement cells, and to the refusal of a row by a read. */
import type { Json, JsonObject } from '../base/json.ts';
import { valueAtPath } from '../base/path.ts';
import { rowCodes } from '../base/row-codes.ts';
import type { CallResult, Operation } from '../connectors/port.ts';
import type { CompiledPick } from './pick.ts';
import { type CompiledRequest, fillRequest } from './request.ts';
import type { Fill } from './request-fields.ts';
import type { ReadSpec } from './schema.ts';
import type { AckCells, CompiledRead, Taken } from './types.ts';

type CellSource = (result: CallResult) => string;

const judged: Readonly<Record<string, CellSource>> = {
  $code: (result) => result.code,
  $message: (result) => result.message,
  $status: (result) => String(result.status),
  $ticket: (result) => result.ticket ?? '',
};
export const judgedNames: readonly string[] = Object.keys(judged);

/** @param from path in the answer, or one of `judgedNames` */
export const cellSource = (from: string): CellSource =>
  judged[from] ?? ((result) => asText(valueAtPath(result.answer, from)));

/** @param cells acknowledgement column -> path in the answer, or one of `judgedNames` */
export function cellWriter(cells: Readonly<Record<string, string>>): (result: CallResult) => AckCells {
  const sources = Object.entries(cells).map(([column, from]): [string, CellSource] => [
    column,
    cellSource(from),
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
export function asText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export interface ReadParts {
  name: string;
  operation: Operation;
  spec: ReadSpec;
  request: CompiledRequest;
  pick: CompiledPick | null;
}

/**
 * @param needs the values that the action's request and later reads take from this one
 * @param common cells that every action fills
 */
export function compileRead(
  { name, operation, spec, request: { fills }, pick }: ReadParts,
  needs: readonly Fill[],
  common: Readonly<Record<string, string>>,
): CompiledRead {
  const write = cellWriter({ ...common, ...spec.refusal?.cells });
  const optional = spec.onFailure === 'empty';
  const nothing: Taken = { answer: null };
  const refuse = (result: CallResult, code: string, message: string, seen: Json = result.answer): Taken => ({
    refusal: { code, message, cells: write({ ...result, code, message }) },
    seen,
  });
  const judge = (result: CallResult, request: JsonObject): Taken => {
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
    if (!lacking) return { answer: result.answer };
    return refuse(result, result.code, `${operation.id} gave no usable ${lacking.path}`);
  };
  return {
    name,
    operation,
    cacheMs: spec.cache ?? null,
    picks: pick !== null,
    optional,
    finish: (request, given) => fillRequest(request, fills, given),
    take(result, { where = {} }, request) {
      if (!result.accepted) return optional ? nothing : refuse(result, result.code, result.message);
      if (pick === null) return judge(result, request);
      const picked = pick.find(result.answer, where);
      if ('entry' in picked) return judge({ ...result, answer: picked.entry }, request);
      if (optional) return nothing;
      return refuse(result, rowCodes.notListed, `${picked.why}; nothing was sent`, {
        entries: picked.entries,
      });
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
