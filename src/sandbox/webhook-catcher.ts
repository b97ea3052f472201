/** A webhook that keeps what it is sent, for the demo, rehearsals and tests. */
import { isObject, type Json, type JsonObject } from '../base/json.ts';
import { objectIn } from './answering.ts';
import { type Catcher, startCatcher } from './catcher.ts';

export interface WebhookCatcher extends Catcher {
  /** Bodies that were taken. */
  bodies(): readonly JsonObject[];
}

/** Listens on the loopback address only; takes objects in JSON under any path, and answers as chat services do. */
export async function startWebhookCatcher(port?: number): Promise<WebhookCatcher> {
  const taken: JsonObject[] = [];
  const catcher = await startCatcher(({ method, body }) => {
    const value: Json = objectIn(body);
    if (method !== 'POST' || !isObject(value))
      return { status: 400, type: 'text/plain', body: 'invalid_payload' };
    taken.push(value);
    return { status: 200, type: 'text/plain', body: 'ok' };
  }, port);
  return { ...catcher, bodies: () => taken };
}
