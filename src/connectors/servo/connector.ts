import { createLogin } from '../login/login.ts';
import type { Connector } from '../port.ts';
import { createRestConnector, type RestOptions } from '../rest.ts';
import { judgeByStatus } from '../status-verdict.ts';
import { orderStatus, servoOperations, warrantyLookup } from './operations.ts';

export interface ServoOptions extends RestOptions {
  /** Made for a user of the installation; as it stands there. */
  token: string;
}

/** From the documents' example; any serial number would do, because only the login is looked at. */
const someSerialNumber = 'DGKFL06JDHJP';

/** Servo's operations. Fails with `CONFIG_INVALID` when address or token are unusable; no call is made yet. */
export function createServoConnector({ token, ...options }: ServoOptions): Connector {
  const { deadlineMs, clock } = options;
  const login = createLogin(
    { kind: 'header', name: 'authorization', value: `Token ${token}` },
    { system: 'servo', deadlineMs, clock },
  );
  return createRestConnector(
    {
      name: 'servo',
      operations: servoOperations,
      identify: ({ id }, outgoing) => (id === orderStatus.id ? {} : login.identify(outgoing)),
      judge: (operation, answer, now) => judgeByStatus('Servo', operation, answer, now),
      async check(call) {
        const { status } = await call(warrantyLookup.id, { sn: someSerialNumber });
        return `token accepted, a warranty look-up answered with status ${status}`;
      },
    },
    options,
  );
}
