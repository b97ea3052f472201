/** What an answer of a declared system means: HTTP's own words first, then the fields that the declaration names. Pure. */
import type { Json, JsonObject } from '../../base/json.ts';
import { type Failed, failed, type ReadAnswer, type Settled, unclear } from '../judging.ts';
import type { CallResult } from '../port.ts';
import { judgeByStatus } from '../status-verdict.ts';
import { rowsIn } from './batch.ts';
import type { DeclaredOperation } from './operation.ts';
import { at, fits, textOf, wordsIn } from './reading.ts';

export function judgeDeclared(
  system: string,
  operation: DeclaredOperation,
  answer: ReadAnswer,
  now: number,
  sent: JsonObject,
): Settled | Failed {
  const { says } = operation;
  const { status, body } = answer;
  const success = status >= 200 && status < 300 && body !== undefined;
  if (success && says.refused && fits(body, says.refused)) return refusal(system, operation, status, body);
  const byStatus = judgeByStatus(system, operation, answer, now);
  if (byStatus.kind === 'failed' || body === undefined) return byStatus;
  const { code, message } = wordsIn(body, says);
  const { result } = byStatus;
  const worded: CallResult = { ...result, code: code || result.code, message: message || result.message };
  if (!result.accepted) return { kind: 'settled', result: worded };
  if (says.accepted && !fits(body, says.accepted)) {
    const silent = says.refused !== undefined || at(body, says.accepted.path) === undefined;
    return silent ? doesNotSay(operation) : refusal(system, operation, status, body);
  }
  return ofQueue(operation, body, sent) ?? ofRows(operation, worded, sent);
}

function refusal(system: string, { says }: DeclaredOperation, status: number, body: Json): Settled {
  const { code, message } = wordsIn(body, says);
  const result = {
    ...{ accepted: false, status, ticket: null, answer: body },
    code: code || 'REFUSED',
    message: message || `${system} refused it`,
  };
  return { kind: 'settled', result };
}

const doesNotSay = (operation: DeclaredOperation): Failed =>
  failed(unclear(operation, 'the answer does not say what became of the request'));

/** `null` when nothing was queued. */
function ofQueue(operation: DeclaredOperation, body: Json, sent: JsonObject): Failed | null {
  const { async } = operation;
  if (async?.mode !== 'callback') return null;
  return async.queued(body, textOf(sent[async.codeField])) ? null : doesNotSay(operation);
}

/** A batch with one row says what became of it, one with many whether all were accepted. */
function ofRows(operation: DeclaredOperation, result: CallResult, sent: JsonObject): Settled | Failed {
  const { batch, async } = operation;
  const settled: Settled = { kind: 'settled', result };
  if (!batch || operation.kind === 'read') return settled;
  const rows = rowsIn(batch, sent);
  const results = batch.results(result.answer, rows);
  if (results === null) {
    const queued =
      async?.mode === 'callback' || (async?.mode === 'poll' && async.job(result.answer) !== null);
    return queued ? settled : doesNotSay(operation);
  }
  const said = rows.map((row) => results.rows.get(textOf(row[batch.rowKey])) ?? results.common);
  const [first] = said;
  if (said.length !== 1)
    return { kind: 'settled', result: { ...result, accepted: said.every((one) => one?.accepted === true) } };
  if (!first) return doesNotSay(operation);
  const { accepted, code, message } = first;
  return { kind: 'settled', result: { ...result, accepted, code, message } };
}
