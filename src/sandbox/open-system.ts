/** What simulated systems share whose documents leave open how to log in and how they fail: any login, failures with `code` and `message`. */
import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import { type Answer, json, objectIn } from './answering.ts';
import type { HttpSandboxOptions } from './http-sandbox.ts';
import { Doorman, type SandboxLogin, tokenOperation, tokenPath } from './logins.ts';
import { operationsOf, type Route, router } from './routes.ts';
import type { Asked } from './simulated-system.ts';

export interface OpenSystemOptions extends HttpSandboxOptions {
  /** None if left out. */
  login?: SandboxLogin;
  clock?: Clock;
}

export abstract class OpenSystem {
  readonly operations: readonly string[];
  readonly route: ReturnType<typeof router>;
  readonly #doorman: Doorman;

  constructor(routes: readonly Route[], { login = { kind: 'none' }, clock }: OpenSystemOptions) {
    const all = [{ operation: tokenOperation, method: 'POST', template: tokenPath }, ...routes];
    this.operations = operationsOf(all);
    this.route = router(all);
    this.#doorman = new Doorman(login, clock);
  }

  /** For those who are let in. */
  protected abstract serve(asked: Asked): Answer;

  answer(asked: Asked): Answer {
    if (asked.operation === tokenOperation) return this.#doorman.issue(asked);
    return this.#doorman.admits(asked)
      ? this.serve(asked)
      : problem(401, 'UNAUTHORIZED', 'the login is not valid');
  }

  failure(status: number, code = 'TOO_MANY_REQUESTS'): Answer {
    return problem(status, code, 'scripted');
  }

  wrongSchema(): Answer {
    return json(200, { done: true });
  }

  expireTokens(): void {
    this.#doorman.expire();
  }
}

export const problem = (status: number, code: string, message: string): Answer =>
  json(status, { code, message });

export const badBody = (): Answer => problem(400, 'BAD_BODY', 'the body is not an object in JSON');

/** `null` unless the body is an object in JSON, and says so. */
export const bodyOf = ({ headers, body }: Asked): JsonObject | null =>
  headers['content-type']?.split(';')[0] === 'application/json' ? objectIn(body) : null;
