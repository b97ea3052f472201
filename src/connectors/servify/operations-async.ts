/**
 * The three contract calls that are only queued: the answer acknowledges our code, and the result comes to our callback with it. Their bodies are not
 * described; they are taken to be those of the calls they are named after.
 */

import { z } from 'zod';
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { text, textAt } from '../fields.ts';
import type { Async, LookupVerdict, Repeat, RowResult } from '../port.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';
import { createContract, createTransaction, renewContract } from './operations-sale.ts';

const codeField = 'request-code';

/** @param sells whether the result must bring the code of a contract */
const calledBack = (sells: boolean): Async => ({
  mode: 'callback',
  codeField,
  queued: (answer, code) => isObject(answer) && answer['requestCode'] === code,
  codeOf: (body) => (isObject(body) ? textAt(body, 'requestCode') : null),
  judge: (body) => judgeCallback(body, sells),
});

/**
 * The one body that is shown is that of a success, with a contract's code and no flag. A failure is taken to look like that of any other call; what looks
 * like neither tells nothing.
 */
function judgeCallback(body: Json, sells: boolean): RowResult | null {
  if (!isObject(body)) return null;
  const message = textAt(body, 'message') ?? '';
  const code = textAt(body, 'errorCode') ?? '';
  if (body['success'] === false || code !== '') return { accepted: false, code, message, answer: body };
  const sold = textAt(body, 'soldPlanCode');
  if (sold !== null) return { accepted: true, code: '', message, answer: { ...body, SoldPlanCode: sold } };
  return !sells && body['success'] === true ? { accepted: true, code: '', message, answer: body } : null;
}

/** What is not found may still stand in the queue. */
function patiently(repeat: Repeat): Repeat {
  if (repeat.mode !== 'lookup') return repeat;
  const judge = (found: Parameters<typeof repeat.judge>[0], sent: JsonObject): LookupVerdict => {
    const verdict = repeat.judge(found, sent);
    return verdict.kind === 'absent' ? { kind: 'unclear', why: 'it may still stand in the queue' } : verdict;
  };
  return { ...repeat, judge };
}

const queued = (direct: ServifyOperation, sells: boolean): ServifyOperation =>
  servifyCall({
    id: `Async/${direct.id}`,
    kind: 'write',
    purpose: `${direct.purpose}, later`,
    request: direct.request.extend({ [codeField]: text }),
    places: { [codeField]: 'header' },
    response: answerOf(z.looseObject({ requestCode: text })),
    says: (data, sent) => (data['requestCode'] === sent[codeField] ? { accepted: true } : null),
    async: calledBack(sells),
    repeat: patiently(direct.repeat),
    reference: direct.reference,
  });

const queueContract = queued(createContract, true);
const queueRenewal = queued(renewContract, true);
const queueTransaction = queued(createTransaction, false);

export const asyncOperations: readonly ServifyOperation[] = [queueContract, queueRenewal, queueTransaction];
