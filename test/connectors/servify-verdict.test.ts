import { describe, expect, it } from 'vitest';
import type { TidegateError } from '../../src/base/errors.ts';
import type { Json, JsonObject } from '../../src/base/json.ts';
import { servifyErrors } from '../../src/connectors/servify/errors.ts';
import type { ServifyOperation } from '../../src/connectors/servify/operation.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import { judge, type Verdict } from '../../src/connectors/servify/verdict.ts';

const now = Date.UTC(2026, 0, 1);

function operation(id: string): ServifyOperation {
  const found = servifyOperations.get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}
const write = operation('Contract/createContract');
const read = operation('Contract/getContractInfo');

const verdictOf = (
  status: number,
  body: Json | undefined,
  of: ServifyOperation = write,
  headers: Record<string, string> = {},
): Verdict => judge(of, { status, headers, body }, now);

const fault = (code: string): JsonObject => ({
  success: false,
  message: 'of Servify',
  data: {},
  errorCode: code,
  ticketNumber: 'ticket-1',
});

function errorOf(verdict: Verdict): TidegateError {
  if (verdict.kind !== 'failed') throw new Error(`expected a failure, got ${verdict.kind}`);
  return verdict.error;
}

describe('the documented error codes', () => {
  const expected: Record<string, string> = {
    'CLIENT.INVALID.401': 'TARGET_REFUSES never',
    'HMAC.INVALID.401': 'TARGET_REFUSES never',
    'DATA.BAD_REQUEST.400': 'rejected',
    'PUBLIC_KEY.INVALID.401': 'TARGET_REFUSES never',
    'DECRYPTION.ERROR.401': 'TARGET_REFUSES never',
    'IP.INVALID.401': 'TARGET_REFUSES never',
    'API.INVALID.401': 'TARGET_REFUSES never',
    'TOK.EXP.001': 'session-expired',
    'API.LIMIT.429': 'CALL_THROTTLED later',
    'SM.WTR.500': 'CALL_IN_DOUBT in-doubt',
    'SM.WTR.001': 'CALL_IN_DOUBT in-doubt',
  };

  it('are all known', () => {
    expect([...servifyErrors.keys()]).toEqual(Object.keys(expected));
  });

  it.each(Object.entries(expected))('%s means %s, whatever the HTTP status', (code, meaning) => {
    for (const status of [200, 400, 401]) {
      const verdict = verdictOf(status, fault(code));
      if (verdict.kind === 'failed') {
        expect(`${verdict.error.code} ${verdict.error.retry}`).toBe(meaning);
        expect(verdict.error.message).toContain('ticket-1');
        expect(verdict.error.message).not.toContain('of Servify');
      } else if (verdict.kind === 'settled') {
        expect(meaning).toBe('rejected');
        expect(verdict.result).toEqual({
          accepted: false,
          status,
          code,
          message: 'of Servify',
          ticket: 'ticket-1',
          answer: {},
        });
      } else expect(verdict.kind).toBe(meaning);
    }
  });

  it('leave a read undone when Servify fails inside', () => {
    expect(errorOf(verdictOf(500, fault('SM.WTR.500'), read))).toMatchObject({
      code: 'CALL_FAILED',
      retry: 'later',
    });
  });
});

describe('an answer', () => {
  const sold = { status: 200, success: true, message: 'Success', data: { SoldPlanCode: 'M1' } };

  it('of success gives its payload', () => {
    expect(verdictOf(200, sold)).toEqual({
      kind: 'settled',
      result: {
        accepted: true,
        status: 200,
        code: '',
        message: 'Success',
        ticket: null,
        answer: { SoldPlanCode: 'M1' },
      },
    });
  });

  it('with an unknown code rejects the row with it', () => {
    const verdict = verdictOf(200, fault('NEW.CODE.7'));
    expect(verdict).toMatchObject({ kind: 'settled', result: { accepted: false, code: 'NEW.CODE.7' } });
  });

  it('that is refused with a status of 5xx proves nothing', () => {
    expect(errorOf(verdictOf(503, fault('DATA.BAD_REQUEST.400'))).code).toBe('CALL_IN_DOUBT');
    expect(errorOf(verdictOf(502, sold)).code).toBe('CALL_IN_DOUBT');
  });

  it.each([502, 503, 504, 500, 408])(
    'of a proxy with status %i leaves a write in doubt, a read undone',
    (status) => {
      expect(errorOf(verdictOf(status, undefined)).code).toBe('CALL_IN_DOUBT');
      expect(errorOf(verdictOf(status, undefined, read))).toMatchObject({
        code: 'CALL_FAILED',
        retry: 'later',
      });
    },
  );

  it.each([
    ['no JSON', undefined],
    ['JSON without an envelope', { hello: 1 }],
    ['success without its payload', { success: true, message: 'Success', data: {} }],
    ['success without a message', { success: true, data: { SoldPlanCode: 'M1' } }],
    ['success as a text', { ...sold, success: 'true' }],
  ])('of %s with status 200 leaves a write in doubt', (_name, body) => {
    expect(errorOf(verdictOf(200, body))).toMatchObject({ code: 'CALL_IN_DOUBT', retry: 'in-doubt' });
  });

  it.each([301, 307, 308])('that redirects (%i) is a target to be corrected', (status) => {
    expect(errorOf(verdictOf(status, undefined)).code).toBe('TARGET_REFUSES');
  });

  it.each([302, 303])('that leads elsewhere (%i) after a write leaves it in doubt', (status) => {
    expect(errorOf(verdictOf(status, undefined)).code).toBe('CALL_IN_DOUBT');
  });

  it.each([401, 403, 404, 413])('of %i without an envelope is a target to be corrected', (status) => {
    expect(errorOf(verdictOf(status, undefined)).code).toBe('TARGET_REFUSES');
  });

  it.each([
    ['7', 7000],
    [new Date(now + 90_000).toUTCString(), 90_000],
    [new Date(now - 90_000).toUTCString(), 0],
    ['soon', undefined],
  ])('that asks to wait (%s) says how long', (retryAfter, ms) => {
    for (const body of [undefined, fault('API.LIMIT.429'), fault('OTHER')]) {
      const error = errorOf(verdictOf(429, body, write, { 'retry-after': retryAfter }));
      expect(error).toMatchObject({ code: 'CALL_THROTTLED', retry: 'later', retryAfterMs: ms });
    }
  });

  it('that a contract cannot be cancelled is a refusal, though its success is true', () => {
    const data = { StatusCode: 'TOO_LATE', isCancellable: false };
    const verdict = verdictOf(
      200,
      { success: true, message: 'No', data },
      operation('Contract/cancelContract'),
    );
    expect(verdict).toMatchObject({
      kind: 'settled',
      result: { accepted: false, code: 'TOO_LATE', answer: data },
    });
  });

  it('that a device is not eligible is a success with its code', () => {
    const data = { IsEligible: false, EligibilityStatusCode: 'UNSUPPORTED_COUNTRY' };
    const verdict = verdictOf(
      200,
      { success: true, message: 'x', data },
      operation('Contract/checkEligibility'),
    );
    expect(verdict).toMatchObject({
      kind: 'settled',
      result: { accepted: true, code: 'UNSUPPORTED_COUNTRY' },
    });
  });
});
