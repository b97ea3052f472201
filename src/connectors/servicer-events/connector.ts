import { z } from 'zod';
import { createLogin, type LoginOptions } from '../login/login.ts';
import type { Connector, Operation } from '../port.ts';
import { createRestConnector, type RestOptions } from '../rest.ts';
import { judgeByStatus } from '../status-verdict.ts';
import { type Way, withWays } from '../way.ts';
import { type EventOperation, eventPath, servicerEvents } from './operations.ts';
import { type TimeUnit, withTimes } from './timestamps.ts';

export interface ServicerEventsOptions extends RestOptions {
  login: LoginOptions;
  /** How all events travel. */
  way: Way;
  /** Of the moments as they are sent. */
  timestamps: TimeUnit;
}

/** Lists events where they are posted, as service orders do: it proves address and login, whatever it answers. */
const probe: EventOperation = {
  id: 'check',
  kind: 'read',
  method: 'GET',
  path: eventPath,
  purpose: 'Ask for the events of an order that need not exist',
  request: z.strictObject({ tenant: z.string(), store: z.string(), serviceOrder: z.string() }),
  response: z.unknown(),
  repeat: { mode: 'safe' },
  reference: () => null,
  times: [],
};

/** Events about service orders, as a servicer posts them. Fails with `CONFIG_INVALID` when something cannot be used; no call is made yet. */
export function createServicerEventsConnector(options: ServicerEventsOptions): Connector {
  const { deadlineMs, clock, way, timestamps } = options;
  const login = createLogin(options.login, { system: 'servicer-events', deadlineMs, clock });
  const travelling = (operations: ReadonlyMap<string, EventOperation>, own: Way) => {
    const ways = {
      operations: Object.fromEntries([...operations.keys()].map((id) => [id, own])),
      parameters: {},
    };
    return withWays('servicer-events', operations, ways, ['tenant', 'store']);
  };
  return createRestConnector(
    {
      name: 'servicer-events',
      operations: travelling(servicerEvents, way),
      probes: travelling(new Map([[probe.id, probe]]), { ...way, method: 'GET' }),
      prepare: ({ id }: Operation, request) =>
        withTimes(request, servicerEvents.get(id)?.times ?? [], timestamps),
      identify: (_operation, outgoing) => login.identify(outgoing),
      renew: login.renew,
      judge: (operation, answer, now) => judgeByStatus('The service order system', operation, answer, now),
      async check(call) {
        const nowhere = { tenant: 'check', store: 'check', serviceOrder: 'check' };
        const { status, code } = await call(probe.id, nowhere);
        return `events of an order that need not exist asked for, answered with status ${status} ${code}`.trimEnd();
      },
      close: login.close,
    },
    options,
  );
}
