import type { Json } from '../../base/json.ts';
import type { HttpAnswer } from '../http.ts';
import { createLogin, type LoginOptions } from '../login/login.ts';
import type { Connector, Operation } from '../port.ts';
import { createRestConnector, type RestOptions, readJson } from '../rest.ts';
import { judgeByStatus } from '../status-verdict.ts';
import { type Ways, withWays } from '../way.ts';
import { serviceOrderOperations } from './operations.ts';
import { report } from './operations-order.ts';
import { listTypes } from './operations-settings.ts';

export interface ServiceOrdersOptions extends RestOptions {
  login: LoginOptions;
  ways: Ways;
  /** Whose types of service are listed to prove address and login. */
  checkTenant: string;
}

/** The service orders of tenants and stores. Fails with `CONFIG_INVALID` when something cannot be used; no call is made yet. */
export function createServiceOrdersConnector(options: ServiceOrdersOptions): Connector {
  const { deadlineMs, clock, checkTenant: tenant } = options;
  const login = createLogin(options.login, { system: 'service-orders', deadlineMs, clock });
  return createRestConnector(
    {
      name: 'service-orders',
      operations: withWays('service-orders', serviceOrderOperations, options.ways, ['tenant', 'store']),
      identify: (_operation, outgoing) => login.identify(outgoing),
      renew: login.renew,
      read: readAnswer,
      judge: (operation, answer, now) => judgeByStatus('The service order system', operation, answer, now),
      async check(call) {
        const { status, code } = await call(listTypes.id, { tenant, itemsPerPage: 1 });
        return `types of service of ${tenant} asked for, answered with status ${status} ${code}`.trimEnd();
      },
      close: login.close,
    },
    options,
  );
}

/** A report may come as the file that it is; it is then kept as base64, which is how JSON would have brought it. */
function readAnswer({ id }: Operation, answer: HttpAnswer): Json | undefined {
  const [type = ''] = String(answer.headers['content-type'] ?? '').split(';');
  const file = id === report.id && answer.status === 200 && isFile(type.trim().toLowerCase());
  return file ? { content: answer.bytes.toString('base64'), contentType: type.trim() } : readJson(answer);
}

/** A page in HTML is what something in between answers. */
const isFile = (type: string): boolean => type !== '' && type !== 'text/html' && !/[/+]json$/.test(type);
