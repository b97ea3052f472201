/**
 * The connector contract. A connector is an API system: a transport (how to authenticate, sign, encrypt and judge an answer) and a table of
 * operations, which are data. Nothing outside a connector's folder knows a particular API.
 */
import type { z } from 'zod';
import type { Json, JsonObject } from '../base/json.ts';
import type { Permit } from '../base/permit.ts';

/**
 * What to do when a call's outcome is unknown.
 * - `safe`: the same request may be sent again, the effect is the same.
 * - `lookup`: a read tells whether it happened.
 * - `never`: neither; the row is parked for a person. `because` says why.
 */
export type Repeat =
  | { mode: 'safe' }
  | {
      mode: 'lookup';
      operation: string;
      request(sent: JsonObject): JsonObject;
      judge(found: CallResult, sent: JsonObject): LookupVerdict;
    }
  | { mode: 'never'; because: string };

/**
 * `happened` carries the answer that the lost call would have given, as far as the read can tell. It has no message: that of the read is about the read, so
 * who asks writes its own words.
 */
export type LookupVerdict =
  | { kind: 'happened'; answer: Json }
  | { kind: 'absent' }
  | { kind: 'unclear'; why: string };

export interface Operation {
  /** As in the system's own documents, e.g. `Contract/createContract`. */
  id: string;
  kind: 'read' | 'write';
  /** One line for people. */
  purpose: string;
  /** Shape of the request; the mapping compiler checks field names and required fields against it, the connector checks each request. */
  request: z.ZodObject;
  /** Shape of the whole answer body on success; an answer that does not fit leaves a write in doubt. */
  response: z.ZodType;
  repeat: Repeat;
  /**
   * Names the effect: two requests with the same reference (per partner and operation) mean one effect. `null` when the operation may rightly
   * be repeated for the same contract (an update).
   */
  reference(request: JsonObject): string | null;
}

/** The other side answered, and its answer settles the matter. */
export interface CallResult {
  accepted: boolean;
  /** HTTP status of the answer. */
  status: number;
  /** The system's own code: error code, else the status code in its data; empty when it gave none. */
  code: string;
  message: string;
  /** The system's support key for this call, when it gives one. */
  ticket: string | null;
  /** The answer's payload (`data` for Servify). */
  answer: Json;
}

export interface Connector {
  readonly system: string;
  readonly operations: ReadonlyMap<string, Operation>;
  /**
   * One attempt, no retry (renewing an expired session excepted: such a call is refused before it has an effect), within the connector's own deadline:
   * it cannot be cut off from outside, which would put it in doubt.
   * Throws a `TidegateError`: `CALL_IN_DOUBT`, `CALL_THROTTLED`, `CALL_FAILED` (nothing happened; retry `later`, or `never` when the
   * request does not fit the operation), `TARGET_DOWN` (not
   * reachable), `TARGET_REFUSES` (credentials, keys, address, rights: no row's fault).
   * @param permit asked when the first byte is about to leave; what it throws is thrown, and the call was not made
   */
  call(operation: Operation, request: JsonObject, permit?: Permit): Promise<CallResult>;
  /** Proves that the target can be reached and accepts our credentials; one line of what was seen. Throws like `call`. */
  check(): Promise<string>;
  close(): Promise<void>;
}
