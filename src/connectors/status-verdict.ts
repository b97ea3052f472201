/**
 * What an answer means of a system whose documents describe no failures: HTTP's own words decide, the body says why. Pure.
 * A refusal is believed only with a body in the system's language: a proxy answers 404 as well.
 */
import { TidegateError } from '../base/errors.ts';
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import {
  type Failed,
  failed,
  judgeForeign,
  type ReadAnswer,
  type Settled,
  throttled,
  unclear,
} from './judging.ts';
import type { Operation } from './port.ts';

/** Says that we are at fault, not the row: who we are, what we may, or how we speak. */
const ourFault: ReadonlyMap<number, string> = new Map([
  [401, 'Check the login of this target.'],
  [403, 'Have the rights for this call granted to our login.'],
  [405, 'Check the path and the method of this operation.'],
  [406, 'Check the path of this operation.'],
  [415, 'Check the path of this operation.'],
]);

export function judgeByStatus(
  system: string,
  operation: Pick<Operation, 'id' | 'kind' | 'response'>,
  answer: ReadAnswer,
  now: number,
): Settled | Failed {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return judgeSuccess(system, operation, answer, now);
  const said = isObject(body) || Array.isArray(body) ? sayingOf(body) : null;
  if (said === null) return failed(judgeForeign(system, operation, answer, now));
  const words = [`${system} answered ${status}`, said.code, said.message].filter(Boolean).join(', ');
  if (status === 429) return failed(throttled(operation, words, answer, now));
  const fix = ourFault.get(status);
  if (fix !== undefined)
    return failed(new TidegateError('TARGET_REFUSES', words, { subject: operation.id, fix }));
  if (status < 400) return failed(judgeForeign(system, operation, answer, now));
  if (status === 408 || status >= 500) return failed(unclear(operation, words));
  const code = said.code || `HTTP_${status}`;
  const message = said.message || `${system} refused it with status ${status}`;
  return {
    kind: 'settled',
    result: { accepted: false, status, code, message, ticket: null, answer: body ?? null },
  };
}

function judgeSuccess(
  system: string,
  operation: Pick<Operation, 'id' | 'kind' | 'response'>,
  answer: ReadAnswer,
  now: number,
): Settled | Failed {
  const { status, body } = answer;
  if (body === undefined) return failed(judgeForeign(system, operation, answer, now));
  const fit = operation.response.safeParse(body);
  if (!fit.success) {
    const fields = fit.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
    return failed(unclear(operation, `the answer does not have the shape of a success (${fields})`));
  }
  return {
    kind: 'settled',
    result: { accepted: true, status, code: '', message: '', ticket: null, answer: body },
  };
}

const codeNames = ['errorCode', 'error_code', 'code', 'error'];
const messageNames = ['message', 'detail', 'error_description', 'description', 'title', 'error'];

/** What a failure's body says, in the names that are usual; else the complaints that it lists by field. */
function sayingOf(body: JsonObject | readonly Json[]): { code: string; message: string } {
  if (!isObject(body)) return { code: '', message: complaints(body).join('; ') };
  const code = codeNames.map((name) => body[name]).find(isCode) ?? '';
  const message = messageNames
    .map((name) => body[name])
    .find((value): value is string => typeof value === 'string' && value !== '' && value !== code);
  return { code: String(code), message: message ?? complaints(body).join('; ') };
}

const isCode = (value: Json | undefined): boolean =>
  typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value);

function complaints(value: Json, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => complaints(one, at));
  if (isObject(value))
    return Object.entries(value).flatMap(([name, one]) =>
      complaints(one, at === '' ? name : `${at}.${name}`),
    );
  return typeof value === 'string' && value !== '' ? [at === '' ? value : `${at}: ${value}`] : [];
}
