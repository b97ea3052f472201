/** Operations as a list for people and programs: what each is called, how it travels, what may be done with it, and its fields. Pure. */
import { z } from 'zod';
import type { Async, Batch, FieldPlace, Operation, Paging, Repeat } from './port.ts';
import { placeOf } from './request.ts';

export interface OperationEntry {
  system: string;
  id: string;
  method: Operation['method'];
  path: string;
  kind: Operation['kind'];
  purpose: string;
  /** Who makes the call: mappings, or the transport by itself (a login), so that no mapping may name it. */
  use: 'mapping' | 'transport';
  batch: Pick<Batch, 'rows' | 'rowKey' | 'limit'> | null;
  async: AsyncEntry | null;
  paging: PagingEntry | null;
  /** What becomes of a call whose answer was lost. */
  repeat: Repeat['mode'];
  /** The read that tells whether a lost call happened, for `lookup`. */
  lookup?: string;
  /** Why nothing can be done about a lost call, for `never`. */
  because?: string;
  /** Whether it takes fields that are not listed. */
  takesAnything: boolean;
  request: FieldEntry[];
}

/** What asks for the queue: the operation that tells how a job stands, or the field that takes our code for the callback. */
type AsyncEntry = { mode: 'poll'; statusOperation: string } | { mode: 'callback'; codeField: string };

/** `asks` has the fields that ask for a page. */
type PagingEntry = Pick<Paging, 'size' | 'sizeCanBeAsked'> & { asks: string[] };

export interface FieldEntry {
  name: string;
  /** From the request on, e.g. `data[].number`. */
  path: string;
  /** Only of fields of the request itself; what is inside of one goes with it. */
  in?: FieldPlace;
  /** Of JSON, several with `|` between; `any` where nothing is demanded. */
  type: string;
  /** Of an object: whether it needs the field when it is there itself. */
  required: boolean;
  enum?: unknown[];
  format?: string;
  fields?: FieldEntry[];
}

export function describeOperation(
  system: string,
  operation: Operation,
  use: OperationEntry['use'],
): OperationEntry {
  const { id, method, path, kind, purpose, batch, async, paging, repeat, request } = operation;
  const { rows, rowKey, limit } = batch ?? {};
  return {
    system,
    id,
    method,
    path,
    kind,
    purpose,
    use,
    batch: rows === undefined || rowKey === undefined ? null : { rows, rowKey, limit: limit ?? null },
    async: async ? describeAsync(async) : null,
    paging: paging ? describePaging(paging) : null,
    repeat: repeat.mode,
    ...(repeat.mode === 'lookup' && { lookup: repeat.operation }),
    ...(repeat.mode === 'never' && { because: repeat.because }),
    takesAnything: takesMore(schemaOf(request)),
    request: fieldsOf(schemaOf(request), '').map((field) => ({
      ...field,
      in: placeOf(operation, field.name),
    })),
  };
}

const describeAsync = (async: Async): AsyncEntry =>
  async.mode === 'poll'
    ? { mode: 'poll', statusOperation: async.status.operation }
    : { mode: 'callback', codeField: async.codeField };

const describePaging = ({ ask, size, sizeCanBeAsked }: Paging): PagingEntry => ({
  asks: leaves(ask(1, size)),
  size,
  sizeCanBeAsked,
});

/** Names of the values in an object, with dots. */
function leaves(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([name, one]) => leaves(one, at === '' ? name : `${at}.${name}`));
}

/** As far as it is needed here. */
interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** What may be written; rules between fields have no place in it. */
const schemaOf = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;

const formsOf = (schema: Schema): Schema[] => (schema.anyOf ?? schema.oneOf)?.flatMap(formsOf) ?? [schema];

const takesMore = ({ additionalProperties: more }: Schema): boolean => more !== undefined && more !== false;

/** Of an object with several forms, the fields of all; needed are those that every form needs. */
function fieldsOf(schema: Schema, at: string): FieldEntry[] {
  const forms = formsOf(schema).filter(({ properties }) => properties !== undefined);
  const names = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)));
  return [...names].map((name) => {
    const schemas = forms.flatMap(({ properties = {} }) => properties[name] ?? []);
    const required = forms.every((form) => form.required?.includes(name) === true);
    return fieldOf(name, at === '' ? name : `${at}.${name}`, required, schemas);
  });
}

function fieldOf(name: string, path: string, required: boolean, schemas: readonly Schema[]): FieldEntry {
  const forms = schemas.flatMap(formsOf);
  const choices = forms.flatMap((form) => form.enum ?? (form.const === undefined ? [] : [form.const]));
  const closed = forms.every((form) => form.enum !== undefined || form.const !== undefined);
  const formats = new Set(forms.flatMap(({ format = [] }) => format));
  const items = forms.flatMap((form) => form.items ?? []);
  const fields =
    items.length > 0 ? fieldsOf({ anyOf: items }, `${path}[]`) : fieldsOf({ anyOf: forms }, path);
  return {
    name,
    path,
    type: [...new Set(forms.map(typeOf))].join('|'),
    required,
    ...(closed && choices.length > 0 && { enum: [...new Set(choices)] }),
    ...(formats.size === 1 && { format: [...formats].join() }),
    ...(fields.length > 0 && { fields }),
  };
}

function typeOf({ type, items }: Schema): string {
  if (type === 'integer') return 'number';
  if (type !== 'array' || items === undefined) return type ?? 'any';
  const inside = new Set(formsOf(items).map(typeOf));
  return `${[...inside].join('|')}[]`;
}
