import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import type { CallResult, Operation } from '../port.ts';

export type Saying = Pick<CallResult, 'accepted'> & Partial<Pick<CallResult, 'code' | 'message'>>;

/** An operation of Servify, with what only its own transport needs to know. */
export interface ServifyOperation extends Operation {
  /**
   * What the payload of an answer with `success: true` says of the request, where success alone does not decide; without code or message those of the
   * answer stand. `null` when it does not tell.
   */
  says?(data: JsonObject, sent: JsonObject): Saying | null;
  /** Codes with which it refuses a request, though they mean trouble at Servify elsewhere. */
  refusals?: ReadonlySet<string>;
  /** What its status codes mean, where the reference says so; the message of the answer says less. */
  meanings?: ReadonlyMap<string, string>;
}

/** Every call is a POST whose path is its id. */
export const servifyCall = (operation: Omit<ServifyOperation, 'method' | 'path'>): ServifyOperation => ({
  method: 'POST',
  path: `/${operation.id}`,
  ...operation,
});

/** The answer body on success. Unknown fields are let through: the reference does not say that there are none. */
export const answerOf = (data: z.ZodType) =>
  z.looseObject({ success: z.literal(true), message: z.string(), data });

/** For answers whose payload proves nothing beyond `success`. */
export const anyPayload = z.unknown();
