/** Every way in which MyServe is documented to answer, and what follows for the call. */
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/base/json.ts';
import type { HttpHeaders } from '../../src/connectors/http.ts';
import type { MyserveOperation } from '../../src/connectors/myserve/operation.ts';
import { judge } from '../../src/connectors/myserve/verdict.ts';
import { operation, rows } from './myserve-fixture.ts';

const judged = (
  id: string,
  status: number,
  body: Json | undefined,
  sent: JsonObject = {},
  headers: HttpHeaders = {},
) => judge(operation(id) as MyserveOperation, { status, headers, body }, 0, sent);

const accepted = (code = '', message = '') => ({
  kind: 'settled',
  result: { accepted: true, code, message },
});
const refused = (code: string, message: string) => ({
  kind: 'settled',
  result: { accepted: false, code, message },
});
const failed = (code: string, retry: string) => ({ kind: 'failed', error: { code, retry } });

describe('a failure of MyServe', () => {
  it.each<[string, string, number, Json, JsonObject]>([
    [
      'that complains field by field, with the status of a success',
      'SimCardChanges/create',
      201,
      { new_sim: ["can't be blank"] },
      refused('new_sim', "new_sim can't be blank"),
    ],
    [
      'that complains about several fields',
      'Devices/changeStatus',
      422,
      { device: ["can't be blank"], new_status: ['is unknown', 'is too long'] },
      refused('device,new_status', "device can't be blank; new_status is unknown; new_status is too long"),
    ],
    [
      'that lists complaints beside what was sent',
      'Tickets/create',
      201,
      { errors: { subject: ["can't be blank"] }, data: { subject: '', id: 1, status: 'pending' } },
      refused('subject', "subject can't be blank"),
    ],
    [
      'that brings the uuid of what was not made',
      'TransferOfResponsibility/createOut',
      201,
      { errors: { new_business_name: ["can't be blank"] }, data: { uuid: 'u', status: 'pending' } },
      refused('new_business_name', "new_business_name can't be blank"),
    ],
    [
      'that lists texts',
      'Orders/create',
      422,
      { status: 'failed', errors: ["Carrier can't be found", "Dealer can't be found"] },
      refused('failed', "Carrier can't be found; Dealer can't be found"),
    ],
    [
      'that has one text',
      'Orders/get',
      404,
      { status: 'failed', error: 'Order not found' },
      refused('failed', 'Order not found'),
    ],
    ['that is no JSON', 'SimCardChanges/get', 404, '404, Not Found', refused('404', 'Not Found')],
    [
      'that is spelled otherwise',
      'TransferOfResponsibility/getIn',
      404,
      '404 Not Found',
      refused('404', 'Not Found'),
    ],
    [
      'that explains nothing',
      'Tickets/create',
      422,
      { reason: 1 },
      refused('422', 'MyServe could not process the request'),
    ],
  ])('%s rejects the row', (_name, id, status, body, expected) => {
    expect(judged(id, status, body)).toMatchObject(expected);
  });

  it.each<[string, string, number, Json | undefined, JsonObject]>([
    [
      'a token that is not taken, with status 200',
      'Devices/list',
      200,
      { message: 'Invalid API token provided' },
      failed('TARGET_REFUSES', 'never'),
    ],
    [
      'the same at a write',
      'Employees/synchronize',
      200,
      { message: 'x' },
      failed('TARGET_REFUSES', 'never'),
    ],
    ['a page of somebody else', 'Tickets/create', 404, undefined, failed('TARGET_REFUSES', 'never')],
    [
      'a job that could not be queued',
      'Employees/synchronize',
      500,
      { status: 500 },
      failed('CALL_IN_DOUBT', 'in-doubt'),
    ],
    [
      'the same with status 200',
      'Employees/synchronize',
      200,
      { status: 500 },
      failed('CALL_IN_DOUBT', 'in-doubt'),
    ],
    [
      'a failure of the server at a read',
      'Tickets/list',
      500,
      { status: 500 },
      failed('CALL_FAILED', 'later'),
    ],
    [
      'complaints with status 500',
      'Tickets/create',
      500,
      { errors: { subject: ['x'] } },
      failed('CALL_IN_DOUBT', 'in-doubt'),
    ],
    [
      'a success with status 422',
      'SimCardChanges/create',
      422,
      { id: 1 },
      failed('CALL_IN_DOUBT', 'in-doubt'),
    ],
    ['an empty answer', 'SimCardChanges/create', 201, null, failed('CALL_IN_DOUBT', 'in-doubt')],
    ['an empty object', 'SimCardChanges/create', 201, {}, failed('CALL_IN_DOUBT', 'in-doubt')],
    [
      'an order without its number',
      'Orders/create',
      201,
      { status: 'succeeded', data: {} },
      failed('CALL_IN_DOUBT', 'in-doubt'),
    ],
    ['too many calls', 'Orders/create', 429, { message: 'slow down' }, failed('CALL_THROTTLED', 'later')],
  ])('is not put on the row: %s', (_name, id, status, body, expected) => {
    expect(judged(id, status, body)).toMatchObject(expected);
  });

  it('says how long to wait when the server does', () => {
    const verdict = judged('Tickets/list', 429, {}, {}, { 'retry-after': '7' });
    expect(verdict).toMatchObject({ error: { code: 'CALL_THROTTLED', retryAfterMs: 7000 } });
  });
});

describe('a success of MyServe', () => {
  it.each<[string, number, Json, JsonObject]>([
    ['Devices/changeStatus', 201, { id: 1 }, accepted()],
    ['SimCardChanges/get', 200, { status: 'initial' }, accepted('initial')],
    ['Orders/create', 201, { status: 'succeeded', data: { uuid: 'u' } }, accepted()],
    ['Orders/get', 200, { status: 'succeeded', errors: [], data: { uuid: 'u' } }, accepted()],
    ['Devices/list', 200, { data: [] }, accepted()],
    ['Tickets/create', 201, { id: 1, comment: null, status: 'pending' }, accepted('pending')],
    ['Employees/synchronizationStatus', 200, { status: 'errored', results: {} }, accepted('errored')],
  ])('of %s with status %i', (id, status, body, expected) => {
    expect(judged(id, status, body)).toMatchObject(expected);
  });
});

describe('a synchronize call with one row', () => {
  const sent = rows({ number: 'A1', name: 'Zoë' });
  const answered = (results: JsonObject | undefined, message = 'Successfully performed') =>
    judged('Employees/synchronize', 200, { message, job_id: 1, ...(results ? { results } : {}) }, sent);

  it.each<[string, JsonObject, JsonObject]>([
    ['created', { A1: { status: 'created' } }, accepted('created', 'created')],
    ['updated, named by the name', { Zoë: { status: 'updated' } }, accepted('updated', 'updated')],
    ['refused', { A1: { status: 'error', errors: ['a', 'b'] } }, refused('error', 'a; b')],
    ['refused without a status', { A1: { errors: ['a'] } }, refused('error', 'a')],
    ['done, with errors all the same', { A1: { status: 'updated', errors: ['a'] } }, refused('updated', 'a')],
    ['refused with the whole call', { Common: { status: 'error', errors: ['c'] } }, refused('error', 'c')],
  ])('says that it was %s', (_name, results, expected) => {
    expect(answered(results)).toMatchObject(expected);
  });

  it.each<[string, JsonObject | undefined]>([
    ['nothing of the row', {}],
    ['something of another row', { B2: { status: 'created' } }],
    ['a state that no document names', { A1: { status: 'pending' } }],
    ['that it was queued, which nobody asked for', undefined],
  ])('leaves it in doubt when the answer says %s', (_name, results) => {
    expect(answered(results)).toMatchObject(failed('CALL_IN_DOUBT', 'in-doubt'));
  });
});
