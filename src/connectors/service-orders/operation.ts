/**
 * What the operations of service orders have in common. The documents describe them in words, without a path, a method or a name of most fields: paths, methods and
 * the names of parameters are the scheme that their words suggest, and can be configured.
 */
import { z } from 'zod';
import { isObject, type Json } from '../../base/json.ts';
import { contentReference } from '../content-reference.ts';
import type { FieldPlace, Operation, Paging, Repeat } from '../port.ts';

/** Printed without an end, which would let anything follow the first character. */
export const id = z.string().regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, hyphens and underscores');

export const ofTenant = { tenant: id };
export const ofStore = { ...ofTenant, store: id };
export const ofOrder = { ...ofStore, serviceOrder: id };

export const inTenant = '/tenants/{tenant}';
export const inStore = `${inTenant}/stores/{store}`;
export const inOrder = `${inStore}/service-orders/{serviceOrder}`;

export const page = { page: z.int().positive().optional(), itemsPerPage: z.int().positive().optional() };
/** Said to name the field that is sorted by, and its values are directions: the values count. */
export const sort = { sort: z.enum(['ASC', 'DESC']).optional() };

const bare = z.unknown();
/** Announced, but not shown. */
export const oneThing = z.looseObject({});
/** Announced, but not shown: a list, or an object around one. */
const manyThings = z
  .union([z.array(bare), z.looseObject({})])
  .refine((answer) => listIn(answer as Json) !== null, 'no list is in it');

/** Without a word about the size of a page, whoever turns pages asks for one. */
const paging: Paging = {
  ask: (number, size) => ({ page: number, itemsPerPage: size }),
  size: 100,
  sizeCanBeAsked: true,
  items: (answer) => listIn(answer) ?? [],
  total: totalIn,
};

/** The answer itself, or the only list in it. */
function listIn(answer: Json): readonly Json[] | null {
  if (Array.isArray(answer)) return answer;
  const lists = isObject(answer) ? Object.values(answer).filter((value) => Array.isArray(value)) : [];
  return lists.length === 1 ? (lists[0] ?? null) : null;
}

function totalIn(answer: Json): number | null {
  if (!isObject(answer)) return null;
  const total = ['total', 'totalItems', 'totalCount'].map((name) => answer[name]);
  return total.find((value) => typeof value === 'number') ?? null;
}

type Own = Pick<Operation, 'id' | 'path' | 'purpose' | 'request'> & Partial<Operation>;

const safe: Repeat = { mode: 'safe' };

export const read = (own: Own): Operation => ({
  kind: 'read',
  method: 'GET',
  response: oneThing,
  repeat: safe,
  reference: () => null,
  ...own,
});

export const list = (own: Own): Operation => read({ response: manyThings, paging, ...own });

/** None of its fields but those of the path is named: it takes whatever it is given, and all of it names the effect. */
export const create = (own: Own): Operation => ({
  kind: 'write',
  method: 'POST',
  response: bare,
  repeat: { mode: 'never', because: 'no field of it is described by which a read could find it again' },
  reference: contentReference,
  ...own,
});

/** Sets values, so that it may be sent again. */
export const update = (own: Own): Operation => ({
  kind: 'write',
  // PUT or PATCH is not said.
  method: 'PUT',
  response: bare,
  repeat: safe,
  reference: () => null,
  ...own,
});

/** Sent again, it would be answered as not known, though the first call may have done it: so it is looked up, where that can be done. */
export const remove = (own: Own, get: string | null): Operation => ({
  kind: 'write',
  method: 'DELETE',
  response: bare,
  repeat:
    get === null
      ? { mode: 'never', because: 'no read tells whether it is still there' }
      : { ...lookup, operation: get },
  // Its place is all that it asks for.
  reference: (request) => own.path.replace(/\{(\w+)\}/g, (_all, name: string) => String(request[name])),
  ...own,
});

const lookup = {
  mode: 'lookup',
  request: (sent) => sent,
  judge(found) {
    if (found.accepted) return { kind: 'absent' };
    if (found.status === 404) return { kind: 'happened', answer: null };
    return { kind: 'unclear', why: `the look-up was answered with ${found.code}` };
  },
} satisfies Omit<Extract<Repeat, { mode: 'lookup' }>, 'operation'>;

export const places = (place: FieldPlace, ...names: string[]): Record<string, FieldPlace> =>
  Object.fromEntries(names.map((name) => [name, place]));
