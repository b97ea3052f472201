import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/base/json.ts';
import type { ReadAnswer } from '../../src/connectors/judging.ts';
import { judgeByStatus } from '../../src/connectors/status-verdict.ts';

const write = { id: 'Thing/create', kind: 'write', response: z.looseObject({ id: z.string() }) } as const;
const judge = (status: number, body: Json | undefined, headers: ReadAnswer['headers'] = {}) =>
  judgeByStatus('Shop', write, { status, headers, body }, 0);

describe('an answer of a system without documented failures', () => {
  it.each<[string, Json]>([
    ['accepted', { id: 'a' }],
    ['accepted', { id: 'a', error: 'none' }],
  ])('is %s with a status of success and the shape of one: %j', (_verdict, body) => {
    expect(judge(201, body)).toMatchObject({ kind: 'settled', result: { accepted: true, answer: body } });
  });

  it.each<[number, Json | undefined, string]>([
    [200, { done: true }, 'CALL_IN_DOUBT'],
    [200, null, 'CALL_IN_DOUBT'],
    [200, undefined, 'CALL_IN_DOUBT'],
    [500, { message: 'x' }, 'CALL_IN_DOUBT'],
    [502, undefined, 'CALL_IN_DOUBT'],
    [408, { message: 'x' }, 'CALL_IN_DOUBT'],
    [302, { message: 'x' }, 'CALL_IN_DOUBT'],
    [307, { message: 'x' }, 'TARGET_REFUSES'],
    [401, { message: 'x' }, 'TARGET_REFUSES'],
    [403, null, 'TARGET_REFUSES'],
    [404, undefined, 'TARGET_REFUSES'],
    [404, null, 'TARGET_REFUSES'],
    [405, { detail: 'x' }, 'TARGET_REFUSES'],
    [429, undefined, 'CALL_THROTTLED'],
    [429, { detail: 'x' }, 'CALL_THROTTLED'],
  ])('with status %s and body %j says %s', (status, body, code) => {
    expect(judge(status, body)).toMatchObject({ kind: 'failed', error: { code } });
  });

  it.each<[Json, string, string]>([
    [{ code: 'NO_ORDER', message: 'There is none' }, 'NO_ORDER', 'There is none'],
    [{ errorCode: 'E-7', detail: 'There is none' }, 'E-7', 'There is none'],
    [{ error: 'invalid_order', error_description: 'There is none' }, 'invalid_order', 'There is none'],
    [{ error: 'There is none' }, 'HTTP_422', 'There is none'],
    [
      { name: ['is needed'], customer: { email: ['is wrong'] } },
      'HTTP_422',
      'name: is needed; customer.email: is wrong',
    ],
    [['one', 'two'], 'HTTP_422', 'one; two'],
    [{}, 'HTTP_422', 'Shop refused it with status 422'],
  ])('refuses the row with what %j says', (body, code, message) => {
    expect(judge(422, body)).toEqual({
      kind: 'settled',
      result: { accepted: false, status: 422, code, message, ticket: null, answer: body },
    });
  });

  it('waits as long as it is asked to', () => {
    const verdict = judge(429, { detail: 'x' }, { 'retry-after': '3' });
    expect(verdict).toMatchObject({ error: { retryAfterMs: 3000 } });
  });
});
