import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import type { CallResult, Operation } from '../port.ts';

/** What an answer in the shape of a success says of the request. */
export type Saying = Pick<CallResult, 'accepted' | 'code' | 'message'>;

/** An operation of MyServe, with what only its own transport needs to know. */
export interface MyserveOperation extends Operation {
  /** Takes `sandbox`, with which nothing is applied. */
  canBeTried?: true;
  /** Whether a queued one takes an address that is called when its job has ended. */
  tellsStatus?: true;
  /** The request as the examples send it, where the documents contradict themselves. */
  asShown?(request: JsonObject): JsonObject;
  /** `null` when the answer does not tell; without this a success is an acceptance. */
  says?(answer: JsonObject, sent: JsonObject): Saying | null;
}

/** The version is optional in the documents, and most of their examples name it: without it the newest would answer. */
const prefix = '/api/v1/clients';

type Given<O> = Omit<O, 'method' | 'path' | 'kind' | 'repeat' | 'reference'> & { path: string };

/** A read is repeated freely and has no effect to name. */
const reading = { kind: 'read', repeat: { mode: 'safe' }, reference: () => null } as const;

/** The documents place its parameters in a body, which a GET has not; their examples put them into the query. */
export const get = ({ path, ...rest }: Given<MyserveOperation>): MyserveOperation => ({
  ...reading,
  method: 'GET',
  path: prefix + path,
  ...rest,
});

/** Reads with a body. */
export const ask = ({ path, ...rest }: Given<MyserveOperation>): MyserveOperation => ({
  ...reading,
  method: 'POST',
  path: prefix + path,
  ...rest,
});

export const post = ({ path, ...rest }: Omit<MyserveOperation, 'method' | 'kind'>): MyserveOperation => ({
  kind: 'write',
  method: 'POST',
  path: prefix + path,
  ...rest,
});

/** The answer of a list. */
export const listOf = (row: z.ZodType) => z.looseObject({ data: z.array(row) });

/** A flag that the documents call a boolean and the examples show as a text. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false'])]);

/** An id that the documents call a number. */
export const id = z.union([z.int().positive(), z.string().regex(/^[1-9]\d*$/, 'a number')]);

/** `meta`: any keys. */
export const anyKeys = z.record(z.string(), z.json());

/** Not in the documents' examples of failures: these words of a request's `status` are the ones they use anywhere. */
const ended: ReadonlyMap<string, boolean> = new Map([
  ['completed', true],
  ['cancelled', false],
  ['canceled', false],
]);

/**
 * How a request stands that people at MyServe work on. The documents show its first state only; any word that they use nowhere leaves it open.
 * @returns `null` while it is under way
 */
export function judgeProgress(found: CallResult): Pick<CallResult, keyof Saying | 'answer'> | null {
  const { code, answer } = found;
  const accepted = ended.get(code);
  if (!found.accepted) return { accepted: false, code, message: found.message, answer };
  return accepted === undefined ? null : { accepted, code, message: `The request is ${code}`, answer };
}

/** For answers that tell how something stands: its state is their code. */
export const saysStatus = ({ status }: JsonObject): Saying => ({
  accepted: true,
  code: typeof status === 'string' ? status : '',
  message: '',
});
