/**
 * How a simulated system says which fields it takes, apart from the schemas of its connector, so that one does not confirm the other's mistakes.
 * `?` marks what need not be there, a dot leads into an object, and `[]` into each object of a list; `=a|b` allows these texts only.
 */
import { isObject, type Json, type JsonObject } from '../base/json.ts';

type Kind =
  | 'text'
  /** May be empty. */
  | 'blank'
  | 'number'
  | 'whole'
  | 'boolean'
  /** A boolean, or its name as a text. */
  | 'flag'
  /** A boolean, or 0 or 1. */
  | 'truth'
  | 'date'
  | 'instant'
  | 'currency'
  | 'email'
  | 'base64'
  | 'uuid'
  | 'either'
  | 'object'
  /** An object that may have any fields. */
  | 'anything'
  | 'texts'
  | 'numbers'
  /** A list of objects. */
  | 'items'
  /** A list of objects that may have any fields. */
  | 'maps';

type Rule = Kind | `=${string}`;

export interface FieldRules {
  fields: Readonly<Record<string, Rule | `${Rule}?`>>;
  /** One of each of these groups must be there. */
  oneOf?: readonly (readonly string[])[];
  /** Takes fields that are not listed, too. */
  open?: boolean;
}

export interface Problem {
  /** Of the field, e.g. `data.0.number`. */
  path: string;
  problem: string;
  /** Fields that would do as well as this one, which is missing. */
  or?: readonly string[];
}

/** What is wrong with a request; empty when nothing is. */
export function problemsIn(request: JsonObject, rules: FieldRules): Problem[] {
  const problems = inObject(request, '', '', familiesOf(rules), rules.open === true);
  for (const [path = '', ...or] of rules.oneOf ?? []) {
    if ([path, ...or].every((one) => valueAt(request, one) === undefined))
      problems.push({ path, or, problem: 'is missing' });
  }
  return problems;
}

/** In words, for systems that answer so. */
export const inWords = (problems: readonly Problem[]): string[] =>
  problems.map(({ path, or, problem }) => `${or ? `one of ${[path, ...or].join(', ')}` : path} ${problem}`);

/** Fields by the object that they are of. */
type Families = ReadonlyMap<string, ReadonlyMap<string, { rule: Rule; optional: boolean }>>;

function familiesOf({ fields }: FieldRules): Families {
  const families = new Map<string, Map<string, { rule: Rule; optional: boolean }>>();
  for (const [path, given] of Object.entries(fields)) {
    const optional = given.endsWith('?');
    const rule = (optional ? given.slice(0, -1) : given) as Rule;
    const cut = path.lastIndexOf('.');
    const family = families.get(path.slice(0, Math.max(0, cut))) ?? new Map();
    families.set(path.slice(0, Math.max(0, cut)), family.set(path.slice(cut + 1), { rule, optional }));
  }
  return families;
}

/**
 * @param place where the object is, in the words of the rules
 * @param at where it is in the request
 */
function inObject(
  object: JsonObject,
  place: string,
  at: string,
  families: Families,
  open: boolean,
): Problem[] {
  const members = families.get(place) ?? new Map();
  const problems: Problem[] = [];
  for (const [name, { rule, optional }] of members) {
    const value = object[name];
    const path = at + name;
    if (value === undefined) {
      if (!optional) problems.push({ path, problem: 'is missing' });
    } else if (!takes(rule, value)) problems.push({ path, problem: `is not ${wantedBy(rule)}` });
    else problems.push(...inside(value, rule, place === '' ? name : `${place}.${name}`, path, families));
  }
  if (open) return problems;
  const unknown = Object.keys(object).filter((name) => !members.has(name));
  return [...problems, ...unknown.map((name) => ({ path: at + name, problem: 'is not a field here' }))];
}

function inside(value: Json, rule: Rule, place: string, path: string, families: Families): Problem[] {
  if (rule === 'object' && isObject(value)) return inObject(value, place, `${path}.`, families, false);
  if (rule !== 'items' || !Array.isArray(value)) return [];
  return value.flatMap((item, index) =>
    isObject(item) ? inObject(item, `${place}[]`, `${path}.${index}.`, families, false) : [],
  );
}

const takes = (rule: Rule, value: Json): boolean =>
  isChoice(rule) ? typeof value === 'string' && choices(rule).includes(value) : fits[rule](value);

const wantedBy = (rule: Rule): string =>
  isChoice(rule) ? `one of ${choices(rule).join(', ')}` : wanted[rule];

const isChoice = (rule: Rule): rule is `=${string}` => rule.startsWith('=');
const choices = (rule: string): string[] => rule.slice(1).split('|');

const wanted: Record<Kind, string> = {
  text: 'a text',
  blank: 'a text',
  number: 'a number',
  whole: 'a whole number',
  boolean: 'true or false',
  flag: 'true or false',
  truth: 'true or false, 1 or 0',
  date: 'a date as YYYY-MM-DD',
  instant: 'a time as YYYY-MM-DD HH:mm:ss',
  currency: 'a currency code of three letters',
  email: 'an e-mail address',
  base64: 'base64',
  uuid: 'a UUID',
  either: 'a text or a number',
  object: 'an object',
  anything: 'an object',
  texts: 'a list of texts',
  numbers: 'a list of numbers',
  items: 'a list of objects',
  maps: 'a list of objects',
};

const isText = (value: Json): boolean => typeof value === 'string' && value.trim() !== '';
const isObjects = (value: Json): boolean => Array.isArray(value) && value.every(isObject);
const fits: Record<Kind, (value: Json) => boolean> = {
  text: isText,
  blank: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  whole: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  truth: (value) => typeof value === 'boolean' || value === 0 || value === 1,
  flag: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
  date: (value) => typeof value === 'string' && isDay(value),
  instant: (value) =>
    typeof value === 'string' &&
    isDay(value.slice(0, 10)) &&
    /^ ([01]\d|2[0-3])(:[0-5]\d){2}$/.test(value.slice(10)),
  currency: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
  email: (value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
  base64: (value) =>
    typeof value === 'string' && value !== '' && Buffer.from(value, 'base64').toString('base64') === value,
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  either: (value) => isText(value) || typeof value === 'number',
  object: (value) => isObject(value),
  anything: (value) => isObject(value),
  texts: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  numbers: (value) => Array.isArray(value) && value.every((item) => typeof item === 'number'),
  items: isObjects,
  maps: isObjects,
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
