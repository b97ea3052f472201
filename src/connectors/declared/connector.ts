/** The connector of a system that a file declares. */
import { createLogin, type LoginOptions } from '../login/login.ts';
import type { Connector } from '../port.ts';
import { createRestConnector, type RestOptions } from '../rest.ts';
import type { DeclaredOperation, DeclaredSystem } from './operation.ts';
import { judgeDeclared } from './verdict.ts';

export interface DeclaredOptions extends RestOptions {
  login: LoginOptions;
}

/** Fails with `CONFIG_INVALID` when address or login are unusable; no call is made yet. */
export function createDeclaredConnector(
  { name, operations, check }: DeclaredSystem,
  options: DeclaredOptions,
): Connector {
  const { deadlineMs, clock } = options;
  const login = createLogin(options.login, { system: name, deadlineMs, clock });
  return createRestConnector<DeclaredOperation>(
    {
      name,
      operations,
      identify: (_operation, outgoing) => login.identify(outgoing),
      renew: login.renew,
      judge: (operation, answer, now, sent) => judgeDeclared(name, operation, answer, now, sent),
      async check(call) {
        const { status, code } = await call(check.operation, check.request);
        return `${check.operation} answered with status ${status} ${code}`.trimEnd();
      },
      close: login.close,
    },
    options,
  );
}
