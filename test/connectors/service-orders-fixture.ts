import type { JsonObject } from '../../src/base/json.ts';
import type { CallResult, Connector, Operation } from '../../src/connectors/port.ts';
import {
  createServiceOrdersConnector,
  type ServiceOrdersOptions,
} from '../../src/connectors/service-orders/connector.ts';
import {
  type ServiceOrdersSandbox,
  type ServiceOrdersSandboxOptions,
  startServiceOrders,
} from '../../src/sandbox/service-orders/server.ts';
import { restOptions } from './options.ts';

export const store = { tenant: 't1', store: 's1' };

export interface Rig {
  sandbox: ServiceOrdersSandbox;
  connector: Connector;
  options: ServiceOrdersOptions;
  call(id: string, request: JsonObject): Promise<CallResult>;
  /** Makes one and gives its id. */
  made(id: string, request: JsonObject): Promise<string>;
  close(): Promise<void>;
}

/** A simulator and a connector that fit each other, except for what is overridden. */
export async function startRig(
  override: Partial<ServiceOrdersOptions> | ((url: string) => Partial<ServiceOrdersOptions>) = {},
  sandboxOverride: ServiceOrdersSandboxOptions = {},
): Promise<Rig> {
  const sandbox = await startServiceOrders(sandboxOverride);
  const options: ServiceOrdersOptions = {
    ...restOptions(sandbox.url),
    login: { kind: 'none' },
    ways: { operations: {}, parameters: {} },
    checkTenant: 't1',
    ...(typeof override === 'function' ? override(sandbox.url) : override),
  };
  const connector = createServiceOrdersConnector(options);
  const call = (id: string, request: JsonObject) => connector.call(operationOf(connector, id), request);
  return {
    sandbox,
    connector,
    options,
    call,
    async made(id, request) {
      const answer = (await call(id, request)).answer as JsonObject;
      return String(answer['serviceOrderUid'] ?? answer['uid']);
    },
    async close() {
      await sandbox.close();
      await connector.close();
    },
  };
}

export function operationOf({ operations, system }: Connector, id: string): Operation {
  const operation = operations.get(id);
  if (operation === undefined) throw new Error(`${system} has no operation ${id}`);
  return operation;
}
