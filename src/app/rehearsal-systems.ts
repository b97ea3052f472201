/** The other four systems of a rehearsal beside Servify: simulators with logins of their own, and the targets that fit them. */
import { randomBytes } from 'node:crypto';
import { startMyserve } from '../sandbox/myserve/server.ts';
import { startServiceOrders } from '../sandbox/service-orders/server.ts';
import { startServicerEvents } from '../sandbox/servicer-events/server.ts';
import { startServo } from '../sandbox/servo/server.ts';

export const otherSystems = ['servo', 'myserve', 'service-orders', 'servicer-events'] as const;
export type OtherSystem = (typeof otherSystems)[number];

export interface OtherSandbox {
  url: string;
  close(): Promise<void>;
}

export const newToken = (): string => randomBytes(20).toString('hex');

const keyHeader = 'x-api-key';

/** @param port any free one for 0 */
export function startOther(system: OtherSystem, token: string, port: number): Promise<OtherSandbox> {
  const login = { kind: 'header', name: keyHeader, value: token } as const;
  switch (system) {
    case 'servo':
      return startServo({ token, port });
    case 'myserve':
      return startMyserve({ token, port });
    case 'service-orders':
      return startServiceOrders({ login, port });
    case 'servicer-events':
      return startServicerEvents({ login, port });
  }
}

/** Where the token of a system lies, within the folder of the secrets. */
export const tokenFile = (system: string): string => `${system}-token`;

/** @param keys the folder of the secrets, as seen from the configuration */
export function targetOf(system: OtherSystem, baseUrl: string, keys: string) {
  const secret = `\${file:${keys}/${tokenFile(system)}}`;
  const waiting = { deadline: '5s', quietPeriod: '5s' };
  const login = { kind: 'header', name: keyHeader, value: secret };
  switch (system) {
    case 'servo':
      return { system, baseUrl, token: secret, ...waiting };
    case 'myserve':
      return { system, baseUrl, apiToken: secret, ...waiting };
    case 'service-orders':
    case 'servicer-events':
      return { system, baseUrl, login, ...waiting };
  }
}
