/**
 * The simulator's records and the calls that create and update them. Deterministic, so that a test or a sample can provoke each refusal:
 *
 * | what | when |
 * |---|---|
 * | not known to this customer | a manager, account or accounting type that ends in 0000 |
 * | Approval manager required | a new category of the accounting type `Approved Spend` without approval managers |
 * | missing for a new record | a key seen for the first time without what only new records need |
 * | `Common` | two rows of one call with the same key |
 */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Tally } from '../tally.ts';

export type Group = 'Devices' | 'Employees' | 'AccountingCategories' | 'Wirelines';

/** Keys by which the answer names rows, and what a record needs when it is new. */
const groups: Readonly<
  Record<Group, { key: string; newNeeds: readonly string[]; rule(row: JsonObject): string[] }>
> = {
  Devices: {
    key: 'number',
    newNeeds: ['username', 'billing_account', 'device_make'],
    rule: (row) => [
      ...unknown(row, 'manager', "This manager doesn't exist on this customer"),
      ...unknown(row, 'billing_account', "This billing account doesn't exist on this customer"),
      ...shares(row['accounting_categories'] ?? []),
      ...notDay(row, 'last_upgraded_date'),
    ],
  },
  Employees: {
    key: 'number',
    newNeeds: ['name'],
    // The number wins over the name.
    rule: (row) =>
      unknown(
        row,
        row['manager_employee_number'] === undefined ? 'manager_name' : 'manager_employee_number',
        "This manager doesn't exist on this customer",
      ),
  },
  AccountingCategories: {
    key: 'name',
    newNeeds: [],
    rule: (row) => [
      ...unknown(row, 'accounting_type', "This accounting type doesn't exist on this customer"),
      ...(row['accounting_type'] === 'Approved Spend' && !hasApprover(row)
        ? ['Approval manager required']
        : []),
    ],
  },
  Wirelines: {
    key: 'number',
    newNeeds: ['wireline_account'],
    rule: (row) => [
      ...unknown(row, 'wireline_account', "This wireline account doesn't exist on this customer"),
      ...notDay(row, 'contract_expiry_date'),
    ],
  },
};

export const groupNames = Object.keys(groups) as Group[];

const isGroup = (name: string): name is Group => Object.hasOwn(groups, name);
export const groupOf = (operation: string): Group | null => {
  const name = operation.slice(0, operation.indexOf('/'));
  return isGroup(name) ? name : null;
};

export interface Synchronized {
  failed: boolean;
  results: JsonObject;
}

export class Records {
  readonly effects: Tally;
  readonly #byGroup: Record<Group, Map<string, JsonObject>> = {
    Devices: new Map(),
    Employees: new Map(),
    AccountingCategories: new Map(),
    Wirelines: new Map(),
  };

  /** @param effects counts what was applied, by operation and key */
  constructor(effects: Tally) {
    this.effects = effects;
  }

  of(group: Group): ReadonlyMap<string, JsonObject> {
    return this.#byGroup[group];
  }

  set(group: Group, key: string, record: JsonObject): void {
    this.#byGroup[group].set(key, record);
  }

  clear(): void {
    for (const records of Object.values(this.#byGroup)) records.clear();
  }

  /** Row by row: what one is refused for does not keep the others from being applied. */
  synchronize(group: Group, rows: readonly JsonObject[], { trial }: { trial: boolean }): Synchronized {
    const { key } = groups[group];
    const names = rows.map((row) => String(row[key]));
    if (new Set(names).size < names.length) {
      const errors = [`rows with the same ${key} cannot be told apart`];
      return { failed: true, results: { Common: { status: 'error', errors } } };
    }
    const results = rows.map((row) => this.#one(group, row, trial));
    return {
      failed: results.some(({ status }) => status === 'error'),
      results: Object.fromEntries(results.map((result, index) => [names[index] ?? '', result])),
    };
  }

  #one(group: Group, row: JsonObject, trial: boolean): JsonObject {
    const { key, newNeeds, rule } = groups[group];
    const records = this.#byGroup[group];
    // A category is told apart by its type as well, though the answer names it by its name alone.
    const place =
      group === 'AccountingCategories' ? `${row['accounting_type']} ${row[key]}` : String(row[key]);
    const old = records.get(place);
    const lacks = old === undefined ? newNeeds.filter((name) => row[name] === undefined) : [];
    const errors = [...lacks.map((name) => `${name} is needed for a new record`), ...rule(row)];
    if (errors.length > 0) return { status: 'error', errors };
    if (!trial) {
      records.set(place, { ...old, ...row });
      this.effects.add(`${group}/synchronize ${row[key]}`);
    }
    const type = row['accounting_type'];
    return {
      status: old === undefined ? 'created' : 'updated',
      ...(type === undefined ? {} : { accounting_type: type, accounting_type_id: 1 }),
    };
  }
}

/** What ends in 0000 is not known to this customer. */
export const isUnknown = (value: Json | undefined): boolean =>
  typeof value === 'string' && value.endsWith('0000');

const unknown = (row: JsonObject, name: string, error: string): string[] =>
  isUnknown(row[name]) ? [error] : [];

const notDay = (row: JsonObject, name: string): string[] => {
  const value = row[name];
  return value === undefined || value === '' || /^\d{4}-\d{2}-\d{2}$/.test(String(value))
    ? []
    : [`${name} is not a date`];
};

function shares(categories: Json): string[] {
  const list = Array.isArray(categories) ? categories.filter((one) => isObject(one)) : [];
  const percents = list.map(({ percent }) => percent).filter((percent) => percent !== undefined);
  if (percents.length === 0) return [];
  return percents.reduce((sum: number, percent) => sum + Number(percent), 0) === 100
    ? []
    : ['accounting categories do not add up to 100 percent'];
}

const hasApprover = ({ approval_managers: managers }: JsonObject): boolean =>
  Array.isArray(managers) &&
  managers.some((one) => isObject(one) && (one['name'] !== undefined || one['email'] !== undefined));
