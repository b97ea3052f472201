/** What every system's answers have in common: trouble on the way, and answers that come from somebody else. Pure. */
import { type ErrorDetails, TidegateError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import { type HttpHeaders, type HttpTrouble, retryAfterMs } from './http.ts';
import type { CallResult, Operation } from './port.ts';

/** An answer as far as it could be read. */
export interface ReadAnswer {
  status: number;
  headers: HttpHeaders;
  /** `undefined` when the body is not what the system speaks. */
  body: Json | undefined;
}

export type Settled = { kind: 'settled'; result: CallResult };
export type Failed = { kind: 'failed'; error: TidegateError };

type Called = Pick<Operation, 'id' | 'kind'>;

export const failed = (error: TidegateError): Failed => ({ kind: 'failed', error });

/** For a read nothing can have happened; a write may have. */
export function unclear({ id, kind }: Called, problem: string, details: ErrorDetails = {}): TidegateError {
  return kind === 'write'
    ? new TidegateError('CALL_IN_DOUBT', problem, { ...details, subject: id, retry: 'in-doubt' })
    : new TidegateError('CALL_FAILED', problem, { ...details, subject: id, retry: 'later' });
}

export function throttled(
  { id }: Called,
  problem: string,
  { headers }: Pick<ReadAnswer, 'headers'>,
  now: number,
): TidegateError {
  const wait = retryAfterMs(headers, now);
  return new TidegateError('CALL_THROTTLED', problem, {
    subject: id,
    fix: 'Lower the rate of this target if it stays.',
    retry: 'later',
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** An answer that is not in the shape of the system: somebody else gave it (a proxy, a gateway), or it was spoilt on its way. */
export function judgeForeign(
  system: string,
  operation: Called,
  answer: Pick<ReadAnswer, 'status' | 'headers'>,
  now: number,
): TidegateError {
  const { status } = answer;
  const subject = operation.id;
  if (status === 429) return throttled(operation, 'status 429', answer, now);
  // 302 and 303 may follow something that was done; the others say that nothing was.
  const redirected = status >= 300 && status < 400;
  if (redirected && status !== 302 && status !== 303) {
    return new TidegateError('TARGET_REFUSES', `the address answers with a redirect (${status})`, {
      subject,
      fix: 'Configure the address that it leads to, if it is the right one; redirects are never followed.',
    });
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return new TidegateError(
      'TARGET_REFUSES',
      `the address answered ${status} in another shape than ${system} does`,
      { subject, fix: `Check the base address, and what stands between this machine and ${system}.` },
    );
  }
  return unclear(operation, `the answer with status ${status} cannot be read`, {
    fix: `Check what stands between this machine and ${system}, and whether ${system} is up.`,
  });
}

export function explainTrouble(operation: Called, trouble: HttpTrouble): TidegateError {
  const problems = {
    unreachable: {
      problem: 'no connection could be made',
      fix: 'Check the base address, the network and the firewall between this machine and the target, and whether the target is up.',
    },
    deadline: {
      problem: 'there was no answer within the deadline',
      fix: 'Ask whether the target is slow or stuck; if it always takes so long, raise its deadline.',
    },
    'too-large': {
      problem: 'the answer is larger than allowed',
      fix: 'Check what answers at the base address.',
    },
    cut: {
      problem: 'the connection broke before the answer was complete',
      fix: 'Look at what stands between this machine and the target, and whether the target was restarted.',
    },
  };
  const { problem, fix } = problems[trouble.failure];
  if (trouble.sent) return unclear(operation, problem, { fix, cause: trouble });
  const code = trouble.failure === 'unreachable' ? 'TARGET_DOWN' : 'CALL_FAILED';
  return new TidegateError(code, problem, { subject: operation.id, fix, retry: 'later', cause: trouble });
}
