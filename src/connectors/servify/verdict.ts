/** What an answer means for the call. Pure: judged by the body's `success`, because Servify also fails with HTTP 200. */
import { type ErrorDetails, TidegateError } from '../../base/errors.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { type HttpHeaders, retryAfterMs } from '../http.ts';
import type { CallResult } from '../port.ts';
import { servifyErrors } from './errors.ts';
import { isObject, type ServifyOperation } from './operation.ts';

/** An answer, decrypted if it was encrypted. */
export interface ServifyAnswer {
  status: number;
  headers: HttpHeaders;
  /** `undefined` when the body is not JSON or could not be decrypted. */
  body: Json | undefined;
}

export type Verdict =
  | { kind: 'settled'; result: CallResult }
  | { kind: 'session-expired' }
  | { kind: 'failed'; error: TidegateError };

export type Judged = Pick<ServifyOperation, 'id' | 'kind' | 'response' | 'refusedWhen' | 'meanings'>;

export function judge(operation: Judged, answer: ServifyAnswer, now: number): Verdict {
  const { body, status } = answer;
  if (!isObject(body) || typeof body['success'] !== 'boolean')
    return failed(judgeBare(operation, answer, now));
  if (!body['success']) return judgeFailure(operation, answer, body, now);
  // Something between us and Servify that answers 5xx makes `success` hard to believe.
  if (status >= 500) return failed(unclear(operation, `Servify answered success with status ${status}`));
  const fit = operation.response.safeParse(body);
  if (!fit.success) {
    const fields = fit.error.issues.map((issue) => issue.path.join('.')).join(', ');
    return failed(unclear(operation, `the answer does not have the shape of a success (${fields})`));
  }
  const data = body['data'] ?? {};
  const refused = isObject(data) && operation.refusedWhen?.(data) === true;
  const code = statusCode(data);
  return {
    kind: 'settled',
    result: {
      accepted: !refused,
      status,
      code,
      message: operation.meanings?.get(code) ?? textOf(body['message']),
      ticket: ticketOf(body),
      answer: data,
    },
  };
}

function judgeFailure(operation: Judged, answer: ServifyAnswer, body: JsonObject, now: number): Verdict {
  const code = textOf(body['errorCode']);
  const known = servifyErrors.get(code);
  const ticket = ticketOf(body);
  const said = `Servify answered ${code}${known ? `, ${known.meaning}` : ''}${ticket ? ` (ticket ${ticket})` : ''}`;
  const details: ErrorDetails = { subject: operation.id, ...(known ? { fix: known.fix } : {}) };
  switch (known?.consequence) {
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

/** Without Servify's envelope somebody else answered (a proxy, a gateway), or the answer was spoilt on its way. */
function judgeBare(operation: Judged, answer: ServifyAnswer, now: number): TidegateError {
  const { status } = answer;
  if (status === 429) return throttled(operation, 'status 429', answer, now);
  // 302 and 303 may follow something that was done; the others say that nothing was.
  const redirected = status >= 300 && status < 400;
  if (redirected && status !== 302 && status !== 303) {
    return new TidegateError('TARGET_REFUSES', `the address answers with a redirect (${status})`, {
      subject: operation.id,
      fix: 'Configure the address that it leads to, if it is the right one; redirects are never followed.',
    });
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return new TidegateError(
      'TARGET_REFUSES',
      `the address answered ${status} without an envelope of Servify`,
      {
        subject: operation.id,
        fix: 'Check the base address, and what stands between this machine and Servify.',
      },
    );
  }
  return unclear(operation, `the answer with status ${status} cannot be read`);
}

/** For a read nothing can have happened; a write may have. */
export function unclear(
  operation: Pick<Judged, 'id' | 'kind'>,
  problem: string,
  details: ErrorDetails = {},
): TidegateError {
  const subject = operation.id;
  return operation.kind === 'write'
    ? new TidegateError('CALL_IN_DOUBT', problem, { ...details, subject, retry: 'in-doubt' })
    : new TidegateError('CALL_FAILED', problem, { ...details, subject, retry: 'later' });
}

function throttled(operation: Judged, problem: string, answer: ServifyAnswer, now: number): TidegateError {
  const wait = retryAfterMs(answer.headers, now);
  return new TidegateError('CALL_THROTTLED', problem, {
    subject: operation.id,
    fix: 'Lower the rate of this target if it stays.',
    retry: 'later',
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

const failed = (error: TidegateError): Verdict => ({ kind: 'failed', error });

/** Two operations name their status field differently. */
function statusCode(data: Json): string {
  return isObject(data) ? textOf(data['StatusCode']) || textOf(data['EligibilityStatusCode']) : '';
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const ticketOf = (body: JsonObject): string | null => textOf(body['ticketNumber']) || null;
