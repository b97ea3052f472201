/**
 * What an answer means for the call. Pure. The body decides: MyServe uses 200 and 201 for successes and failures alike, and each group of calls fails in a
 * shape of its own. No failure has a code, so the fields at fault, or the state that is named, stand in for one.
 */
import { TidegateError } from '../../base/errors.ts';
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
import type { MyserveOperation, Saying } from './operation.ts';

type Refusal = Pick<Saying, 'code' | 'message'>;

/** How reads of single requests say that there is none, as text and not as JSON. */
export const isNotFound = (text: string): boolean => /^404,? Not Found\.?$/i.test(text.trim());

export function judge(
  operation: MyserveOperation,
  answer: ReadAnswer,
  now: number,
  sent: JsonObject,
): Settled | Failed {
  const { body, status } = answer;
  const said = isObject(body) ? body : {};
  // Jobs that could not be queued answer with the status in the body.
  const worst = typeof said['status'] === 'number' ? Math.max(said['status'], status) : status;
  if (worst >= 500) return failed(unclear(operation, `MyServe answered with status ${worst}`));
  if (status === 429) return failed(throttled(operation, 'MyServe answered 429', answer, now));
  if (isObject(body) && (isBareMessage(body) || status === 401 || status === 403))
    return failed(notLetIn(operation, status));
  const refusal = refusalIn(answer);
  if (refusal !== null) return settled(answer, { accepted: false, ...refusal });
  if (!isObject(body)) return failed(judgeForeign('MyServe', operation, answer, now));
  if (status >= 200 && status < 300) return judgeSuccess(operation, answer, body, sent);
  if (operation.response.safeParse(body).success)
    return failed(unclear(operation, `MyServe answered like a success, and with status ${status}`));
  if (status !== 422) return failed(judgeForeign('MyServe', operation, answer, now));
  const message = 'MyServe could not process the request';
  return settled(answer, { accepted: false, code: '422', message });
}

function judgeSuccess(
  operation: MyserveOperation,
  answer: ReadAnswer,
  body: JsonObject,
  sent: JsonObject,
): Settled | Failed {
  const fit = operation.response.safeParse(body);
  if (!fit.success) {
    const fields = fit.error.issues.map((issue) => issue.path.join('.')).join(', ');
    return failed(unclear(operation, `the answer does not have the shape of a success (${fields})`));
  }
  const says = operation.says ? operation.says(body, sent) : { accepted: true, code: '', message: '' };
  return says === null
    ? failed(unclear(operation, 'the answer does not say what became of the row'))
    : settled(answer, says);
}

const settled = ({ status, body }: ReadAnswer, says: Saying): Settled => ({
  kind: 'settled',
  result: { ...says, status, ticket: null, answer: body ?? null },
});

/** A message and nothing else is what a token that is not taken gets, with status 200. */
const isBareMessage = (body: JsonObject): boolean =>
  typeof body['message'] === 'string' && Object.keys(body).length === 1;

const notLetIn = ({ id }: MyserveOperation, status: number): TidegateError =>
  new TidegateError(
    'TARGET_REFUSES',
    `MyServe answered with status ${status} and a message alone, as it does to an API token that it does not take`,
    { subject: id, fix: "Check the token, and whether it belongs to this address's country (.ca or .co)." },
  );

function refusalIn({ body }: ReadAnswer): Refusal | null {
  if (typeof body === 'string' && isNotFound(body)) return { code: '404', message: 'Not Found' };
  if (!isObject(body)) return null;
  const listed = complaintsIn(body['errors'] ?? null);
  if (body['status'] === 'failed') {
    const texts = [textOf(body['error']), ...listed.texts].filter(Boolean);
    return { code: 'failed', message: texts.join('; ') || 'failed' };
  }
  if (listed.texts.length > 0) return refused(listed);
  const whole = complaintsIn(body);
  const all = whole.fields.length > 0 && whole.fields.length === Object.keys(body).length;
  return all ? refused(whole) : null;
}

interface Complaints {
  /** Of the request, as far as they are named. */
  fields: string[];
  texts: string[];
}

const refused = ({ fields, texts }: Complaints): Refusal => ({
  code: fields.join(',') || 'error',
  message: texts.join('; '),
});

/** Texts, or texts by field. */
function complaintsIn(value: Json): Complaints {
  if (Array.isArray(value)) return { fields: [], texts: value.map(textOf).filter(Boolean) };
  if (!isObject(value)) return { fields: [], texts: [textOf(value)].filter(Boolean) };
  const named = Object.entries(value).filter(([, texts]) => isTexts(texts));
  return {
    fields: named.map(([field]) => field),
    texts: named.flatMap(([field, texts]) => complaintsIn(texts).texts.map((text) => `${field} ${text}`)),
  };
}

const isTexts = (value: Json): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && one !== '');

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
