/** From a request, which is a set of named fields, to what goes over the wire. Pure. */
import { TidegateError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { FieldPlace, Operation } from './port.ts';

/** Fails with `CALL_FAILED`, retry `never`: what does not fit is not sent. */
export function checkRequest(
  { id, request: schema }: Pick<Operation, 'id' | 'request'>,
  request: JsonObject,
): void {
  const fit = schema.safeParse(request);
  if (fit.success) return;
  const problems = fit.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw unfit(id, problems.join('; '));
}

export interface PlacedRequest {
  /** With the query. */
  path: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** `null` when there is none. */
  body: JsonObject | null;
}

/** Puts every field where its operation wants it. A field that the path names must have a value that cannot change the path. */
export function placeFields(operation: Operation, request: JsonObject): PlacedRequest {
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(request)) {
    const place = placeOf(operation, name);
    const wire = operation.wireNames?.[name] ?? name;
    if (place === 'body') body[wire] = value;
    else if (place === 'header') headers[wire.toLowerCase()] = headerValue(operation, name, value);
    else if (place === 'query') for (const one of several(value)) query.append(wire, String(one));
  }
  const path = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    segment(operation, name, request[name]),
  );
  const search = query.size > 0 ? `?${query}` : '';
  return { path: path + search, headers, body: takesBody(operation) ? body : null };
}

const takesBody = ({ method }: Pick<Operation, 'method'>): boolean => method !== 'GET' && method !== 'DELETE';

export function placeOf(operation: Pick<Operation, 'method' | 'path' | 'places'>, name: string): FieldPlace {
  const given = operation.places?.[name];
  if (given) return given;
  if (operation.path.includes(`{${name}}`)) return 'path';
  return takesBody(operation) ? 'body' : 'query';
}

const several = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);

function segment({ id }: Operation, name: string, value: Json | undefined): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..')
    throw unfit(id, `${name}: a value that can stand in a path is needed`);
  return encodeURIComponent(text);
}

function headerValue({ id }: Operation, name: string, value: Json): string {
  const text = String(value);
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  throw unfit(id, `${name}: it cannot be sent in a header`);
}

function unfit(id: string, problems: string): TidegateError {
  return new TidegateError('CALL_FAILED', `the request does not fit the operation (${problems})`, {
    subject: id,
    fix: 'Correct the mapping, so that the request has these fields as the operation wants them.',
    retry: 'never',
  });
}
