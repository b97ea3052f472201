/** What an answer means for the call. Pure: judged by the body's `success`, because Servify also fails with HTTP 200. */
import { type ErrorDetails, TidegateError } from '../../base/errors.ts';
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import {
  type Failed,
  failed,
  judgeForeign,
  type ReadAnswer,
  type Settled,
  throttled,
  unclear,
} from '../judging.ts';
import { servifyErrors } from './errors.ts';
import type { ServifyOperation } from './operation.ts';

export type Verdict = Settled | Failed | { kind: 'session-expired' };

export type Judged = Pick<ServifyOperation, 'id' | 'kind' | 'response' | 'says' | 'refusals' | 'meanings'>;

export function judge(operation: Judged, answer: ReadAnswer, now: number, sent: JsonObject = {}): Verdict {
  const { body, status } = answer;
  if (!isObject(body) || typeof body['success'] !== 'boolean')
    return failed(judgeForeign('Servify', operation, answer, now));
  if (!body['success']) return judgeFailure(operation, answer, body, now);
  // Something between us and Servify that answers 5xx makes `success` hard to believe.
  if (status >= 500) return failed(unclear(operation, `Servify answered success with status ${status}`));
  const fit = operation.response.safeParse(body);
  if (!fit.success) {
    const fields = fit.error.issues.map((issue) => issue.path.join('.')).join(', ');
    return failed(unclear(operation, `the answer does not have the shape of a success (${fields})`));
  }
  const data = body['data'] ?? {};
  const says = isObject(data) && operation.says ? operation.says(data, sent) : { accepted: true };
  if (says === null) return failed(unclear(operation, 'the answer does not say what became of the request'));
  const code = statusCode(data);
  return {
    kind: 'settled',
    result: {
      accepted: says.accepted,
      status,
      code: says.code ?? code,
      message: says.message ?? operation.meanings?.get(code) ?? textOf(body['message']),
      ticket: ticketOf(body),
      answer: data,
    },
  };
}

function judgeFailure(operation: Judged, answer: ReadAnswer, body: JsonObject, now: number): Verdict {
  const code = textOf(body['errorCode']);
  const known = servifyErrors.get(code);
  const ticket = ticketOf(body);
  const said = `Servify answered ${code}${known ? `, ${known.meaning}` : ''}${ticket ? ` (ticket ${ticket})` : ''}`;
  const details: ErrorDetails = { subject: operation.id, ...(known ? { fix: known.fix } : {}) };
  switch (operation.refusals?.has(code) ? 'rejected' : known?.consequence) {
    case 'renew':
      return { kind: 'session-expired' };
    case 'refused':
      return failed(new TidegateError('TARGET_REFUSES', said, details));
    case 'throttled':
      return failed(throttled(operation, said, answer, now));
    case 'unknown':
      return failed(unclear(operation, said, details));
  }
  if (answer.status >= 500) return failed(unclear(operation, said, details));
  if (answer.status === 429) return failed(throttled(operation, said, answer, now));
  return {
    kind: 'settled',
    result: {
      accepted: false,
      status: answer.status,
      code,
      message: textOf(body['message']),
      ticket,
      answer: body['data'] ?? {},
    },
  };
}

/** Operations name their status field differently. */
const statusFields = [
  'StatusCode',
  'EligibilityStatusCode',
  'statusCode',
  'AccountStatus',
  'AccountLinkStatus',
  'DiagnosisResultStatus',
];

const statusCode = (data: Json): string =>
  isObject(data) ? (statusFields.map((name) => textOf(data[name])).find((code) => code !== '') ?? '') : '';

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const ticketOf = (body: JsonObject): string | null => textOf(body['ticketNumber']) || null;
