/** Work that is only queued: where the answer, the read of the job or the callback say how it stands. Pure. */
import { isObject, type Json } from '../../base/json.ts';
import type { Async, RowResult } from '../port.ts';
import { at, fits, textOf, wordsIn } from './reading.ts';
import type { AsyncSpec } from './schema.ts';

export const declaredAsync = (spec: AsyncSpec): Async =>
  spec.mode === 'poll' ? polled(spec) : calledBack(spec);

function polled(spec: Extract<AsyncSpec, { mode: 'poll' }>): Async {
  const { ask, job, status, pending, accepted } = spec;
  return {
    mode: 'poll',
    ask,
    job: (answer) => textOf(at(answer, job)) || null,
    status: { operation: status.operation, request: (number) => ({ [status.field]: number }) },
    judge({ answer }) {
      if (fits(answer, pending) || at(answer, accepted.path) === undefined) return null;
      return result(fits(answer, accepted), answer, spec);
    },
  };
}

function calledBack(spec: Extract<AsyncSpec, { mode: 'callback' }>): Async {
  const { codeField, queued, callback } = spec;
  return {
    mode: 'callback',
    codeField,
    queued: (answer, code) => at(answer, queued) === code,
    codeOf: (body) => (isObject(body) ? textOf(at(body, callback.requestCode)) || null : null),
    judge(body) {
      if (fits(body, callback.accepted)) return result(true, body, callback);
      const refused = callback.refused
        ? fits(body, callback.refused)
        : at(body, callback.accepted.path) !== undefined;
      return refused ? result(false, body, callback) : null;
    },
  };
}

function result(accepted: boolean, answer: Json, words: Parameters<typeof wordsIn>[1]): RowResult {
  const { code, message } = wordsIn(answer, words);
  return { accepted, code: code || (accepted ? '' : 'REFUSED'), message, answer };
}
