import { TidegateError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { HttpAnswer } from '../http.ts';
import type { Connector } from '../port.ts';
import { createRestConnector, type RestOptions, readJson } from '../rest.ts';
import type { MyserveOperation } from './operation.ts';
import { myserveOperations } from './operations.ts';
import { isNotFound, judge } from './verdict.ts';

export interface MyserveOptions extends RestOptions {
  apiToken: string;
  /** Every write is sent as a try run, which changes nothing; those that cannot be are not sent. */
  trial: boolean;
  /** Called by MyServe when a job has ended, where the call takes an address; `null` for none. A secret: it is added when the call leaves. */
  statusCallback: string | null;
}

/** MyServe's API of clients. Fails with `CONFIG_INVALID` when address or token are unusable; no call is made yet. */
export function createMyserveConnector(options: MyserveOptions): Connector {
  const { apiToken, trial, statusCallback } = options;
  if (!/^[\x21-\x7e]+$/.test(apiToken)) {
    throw new TidegateError('CONFIG_INVALID', 'the value cannot be sent in a header', {
      subject: 'myserve apiToken',
      expected: 'printable ASCII without spaces',
    });
  }
  return createRestConnector<MyserveOperation>(
    {
      name: 'myserve',
      operations: myserveOperations,
      identify: () => ({ api_token: apiToken }),
      prepare(operation, request) {
        const shown = operation.asShown?.(request) ?? request;
        const asked = trial ? asTrial(operation, shown) : shown;
        const tells = statusCallback !== null && operation.tellsStatus && asked['async'] === true;
        return tells ? { status_callback_url: statusCallback, ...asked } : asked;
      },
      read: (_operation, answer) => readJson(answer) ?? readNotFound(answer),
      judge,
      // A short list that needs no rights to anybody's data.
      async check(call) {
        const { accepted, message } = await call('HardwareOrdering/cities', {});
        if (!accepted)
          throw new TidegateError('TARGET_REFUSES', `the list of cities was refused: ${message}`);
        return `API token accepted${trial ? ', try runs only' : ''}`;
      },
    },
    options,
  );
}

function asTrial(operation: MyserveOperation, request: JsonObject): JsonObject {
  if (operation.kind === 'read') return request;
  if (operation.canBeTried) return { ...request, sandbox: true };
  throw new TidegateError(
    'TARGET_REFUSES',
    'this target is for try runs, and MyServe has none of this call',
    {
      subject: operation.id,
      fix: 'Leave the call out of the trial, or set trial: false for this target.',
    },
  );
}

function readNotFound({ bytes }: HttpAnswer): string | undefined {
  const text = bytes.toString('utf8');
  return isNotFound(text) ? text : undefined;
}
