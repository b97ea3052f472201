/** The simulator's memory: things by where they lie, e.g. `t1/s1/SO-1/events`. */
import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Kind } from './routes.ts';

export interface Thing {
  id: string;
  fields: JsonObject;
}

/** Tenants have these from the start; no call creates them. */
const givenTypes = ['repair_depot', 'repair_onsite'];

export class ServiceOrderStore {
  readonly things = new Map<string, Thing[]>();
  #made = 0;

  reset(): void {
    this.things.clear();
    this.#made = 0;
  }

  /** @param place of the list, without its kind */
  listOf(place: string, kind: Kind): Thing[] {
    const key = `${place}/${kind}`;
    const known = this.things.get(key);
    if (known !== undefined) return known;
    const fresh = kind === 'service-types' ? givenTypes.map((id) => ({ id, fields: { name: id } })) : [];
    this.things.set(key, fresh);
    return fresh;
  }

  add(place: string, kind: Kind, fields: JsonObject): Thing {
    this.#made += 1;
    const thing = { id: `${prefixes[kind]}-${this.#made}`, fields };
    this.listOf(place, kind).push(thing);
    if (kind === 'orders')
      this.add(`${place}/${thing.id}`, 'notifications', { text: `order ${thing.id} was made` });
    return thing;
  }

  remove(place: string, kind: Kind, { id }: Thing): void {
    const list = this.listOf(place, kind);
    list.splice(
      list.findIndex((one) => one.id === id),
      1,
    );
  }
}

const prefixes: Record<Kind, string> = {
  orders: 'SO',
  items: 'IT',
  events: 'EV',
  hours: 'HR',
  notifications: 'NO',
  'sales-orders': 'SA',
  'service-types': 'TY',
  'service-statuses': 'ST',
  'hourly-rates': 'RA',
};

/** `serviceOrderUid` is the only name of a field that the documents have; the others follow it. */
export const shown = (kind: Kind, { id, fields }: Thing): JsonObject => ({
  [kind === 'orders' ? 'serviceOrderUid' : 'uid']: id,
  ...fields,
});

export const publicHash = ({ id }: Thing): string =>
  createHash('sha256').update(`public ${id}`).digest('base64url');

const filters: Readonly<Record<string, string>> = {
  state: 'state',
  serviceTypes: 'serviceType',
  assignedUsers: 'assignedUser',
  createdFromStores: 'createdFromStore',
  priorities: 'priority',
};

/** By the filters of the list. */
export function passes({ fields }: Thing, query: URLSearchParams): boolean {
  return Object.entries(filters).every(([name, field]) => {
    const wanted = query.getAll(name);
    return wanted.length === 0 || wanted.includes(String(fields[field] ?? ''));
  });
}

/** By the search: `query` looks into customer, number and title; without it each field for itself, and lists as filters. */
export function matches(thing: Thing, wanted: JsonObject): boolean {
  const { query, dateFrom, dateTo, ...others } = wanted;
  const { customer = '', title = '', date = '' } = thing.fields;
  const day = String(date);
  if (dateFrom !== undefined && !(day >= String(dateFrom))) return false;
  if (dateTo !== undefined && !(day <= String(dateTo))) return false;
  if (query !== undefined) return [customer, title, thing.id].some((value) => holds(value, String(query)));
  return Object.entries(others).every(([name, value]) => {
    const own = thing.fields[name] ?? '';
    return Array.isArray(value) ? value.includes(own) : holds(own, String(value));
  });
}

function holds(value: Json, part: string): boolean {
  if (isObject(value)) return Object.values(value).some((one) => holds(one, part));
  return String(value).toLowerCase().includes(part.toLowerCase());
}
