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

/** One call for many rows. */
export interface Batch {
  /** The field of the request that takes the rows, an array. */
  rows: string;
  /** The field of a row by whose value the answer names it, so that no two rows of one call may have the same there. */
  rowKey: string;
  /** Most rows of one call, where the documents name a limit. */
  limit: number | null;
  /**
   * What the answer says of each row that was sent; one that it leaves out has no result. `null` when it does not speak of rows at all, so that a refusal
   * is one of the call as a whole.
   */
  results(answer: Json, sent: readonly JsonObject[]): BatchResults | null;
}

export interface BatchResults {
  /** By row key. */
  rows: ReadonlyMap<string, RowResult>;
  /** What was said of the call as a whole, for rows without a word of their own. */
  common: RowResult | null;
}

export type RowResult = Pick<CallResult, 'accepted' | 'code' | 'message' | 'answer'>;

/**
 * The answer only says that the work is queued.
 * - `poll`: a read tells how the job stands.
 * - `callback`: the other side calls us with the code that we sent along.
 */
export type Async =
  | {
      mode: 'poll';
      /** Fields that ask for it, added to the request; none where it is the only way. */
      ask: JsonObject;
      /** `null` when the answer names no job. */
      job(answer: Json): string | null;
      status: { operation: string; request(job: string): JsonObject };
      /** Of a read that was not refused. `null` while it is under way; for a batch the answer of the result goes to `Batch.results`. */
      judge(found: CallResult): RowResult | null;
    }
  | {
      mode: 'callback';
      /** The field of the request that takes our own code for the call. */
      codeField: string;
      /** Whether the answer acknowledges this code as queued. */
      queued(answer: Json, code: string): boolean;
      /** `null` when the body names no code. */
      codeOf(body: Json): string | null;
      /** `null` when the body does not tell how it ended. */
      judge(body: Json): RowResult | null;
    };

/** A list that comes page by page; pages count from 1. */
export interface Paging {
  /** Request fields for this page, of `size` rows where that can be asked for. */
  ask(page: number, size: number): JsonObject;
  /** Rows of a page when nothing else is asked for. */
  size: number;
  /** Whether another size may be asked for. */
  sizeCanBeAsked: boolean;
  items(answer: Json): readonly Json[];
  /** Of all pages; `null` where the answer does not tell, so that a page that is not full is the last one. */
  total(answer: Json): number | null;
}

/** An object in the request that takes a file: its name and its content. */
export interface Attachment {
  field: string;
  name: string;
  content: string;
  encoding: 'base64';
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Where a field of a request goes. What the path names goes there; the rest into the query of a GET or DELETE, else into the body. */
export type FieldPlace = 'path' | 'query' | 'header' | 'body';

export interface Operation {
  /** As in the system's own documents, e.g. `Contract/createContract`. */
  id: string;
  kind: 'read' | 'write';
  method: Method;
  /** Below the base address; `{name}` stands for a field of the request. */
  path: string;
  /** Fields that go elsewhere than the rule says, by name. */
  places?: Readonly<Record<string, FieldPlace>>;
  /** What fields are called on the way, where it is not their name. */
  wireNames?: Readonly<Record<string, string>>;
  /** The field that takes a file's content. */
  attachment?: Attachment;
  batch?: Batch;
  async?: Async;
  paging?: Paging;
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
