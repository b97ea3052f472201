/**
 * How a simulated system says which fields it takes, apart from the schemas of its connector, so that one does not confirm the other's mistakes.
 * `?` marks what need not be there; a dot leads into an object.
 */
import { isObject, type Json, type JsonObject } from '../base/json.ts';

type Kind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'instant'
  | 'currency'
  | 'email'
  | 'base64'
  | 'either'
  | 'object'
  | 'texts'
  | 'numbers'
  | 'items';

export interface FieldRules {
  fields: Readonly<Record<string, Kind | `${Kind}?`>>;
  /** One of each of these groups must be there. */
  oneOf?: readonly (readonly string[])[];
  /** Takes fields that are not listed, too. */
  open?: boolean;
}

/** What is wrong with a request, a line each; empty when nothing is. */
export function problemsIn(request: JsonObject, rules: FieldRules, operation: string): string[] {
  const problems: string[] = [];
  for (const [path, rule] of Object.entries(rules.fields)) {
    const optional = rule.endsWith('?');
    const kind = (optional ? rule.slice(0, -1) : rule) as Kind;
    const value = valueAt(request, path);
    if (value === undefined) {
      if (!optional && !lacksParent(request, path, rules)) problems.push(`${path} is missing`);
    } else if (!fits[kind](value)) problems.push(`${path} is not ${wanted[kind]}`);
  }
  for (const path of rules.open ? [] : pathsOf(request)) {
    if (!(path in rules.fields)) problems.push(`${path} is not a field of ${operation}`);
  }
  for (const group of rules.oneOf ?? []) {
    if (group.every((path) => valueAt(request, path) === undefined)) {
      problems.push(`one of ${group.join(', ')} is missing`);
    }
  }
  return problems;
}

/** What an optional object demands is demanded only when the object is there. */
function lacksParent(request: JsonObject, path: string, { fields }: FieldRules): boolean {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  return parent !== '' && fields[parent]?.endsWith('?') === true && valueAt(request, parent) === undefined;
}

const wanted: Record<Kind, string> = {
  text: 'a text',
  number: 'a number',
  date: 'a date as YYYY-MM-DD',
  instant: 'a time as YYYY-MM-DD HH:mm:ss',
  currency: 'a currency code of three letters',
  email: 'an e-mail address',
  base64: 'base64',
  boolean: 'true or false',
  numbers: 'a list of numbers',
  either: 'a text or a number',
  object: 'an object',
  texts: 'a list of texts',
  items: 'a list of order items',
};

const isText = (value: Json): boolean => typeof value === 'string' && value.trim() !== '';
const fits: Record<Kind, (value: Json) => boolean> = {
  text: isText,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  date: (value) => typeof value === 'string' && isDay(value),
  instant: (value) =>
    typeof value === 'string' &&
    isDay(value.slice(0, 10)) &&
    /^ ([01]\d|2[0-3])(:[0-5]\d){2}$/.test(value.slice(10)),
  currency: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
  email: (value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
  base64: (value) =>
    typeof value === 'string' && value !== '' && Buffer.from(value, 'base64').toString('base64') === value,
  boolean: (value) => typeof value === 'boolean',
  numbers: (value) => Array.isArray(value) && value.every((item) => typeof item === 'number'),
  either: (value) => isText(value) || typeof value === 'number',
  object: (value) => isObject(value),
  texts: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  items: (value) =>
    Array.isArray(value) && value.every((item) => isObject(item) && isText(item['OrderItemID'] ?? null)),
};

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

function valueAt(request: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = request;
  for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined;
  return value;
}

function pathsOf(request: JsonObject, prefix = ''): string[] {
  return Object.entries(request).flatMap(([key, value]) =>
    isObject(value) ? [prefix + key, ...pathsOf(value, `${prefix}${key}.`)] : [prefix + key],
  );
}
