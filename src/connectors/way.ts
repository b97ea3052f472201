/** How the operations of a system travel, where its documents do not say: what is configured wins over what was inferred. Pure. */
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { FieldPlace, Method, Operation } from './port.ts';

export interface Way {
  /** `{name}` stands for a field of the request. */
  path: string | null;
  method: Method | null;
}

export interface Ways {
  operations: Readonly<Record<string, Way>>;
  /** Field -> what it is called in the query, a header or the body. */
  parameters: Readonly<Record<string, string>>;
}

/**
 * @param needless fields of the default paths that a path may leave out; they are then not sent at all
 * @throws TidegateError `CONFIG_INVALID`
 */
export function withWays(
  system: string,
  operations: ReadonlyMap<string, Operation>,
  ways: Ways,
  needless: readonly string[],
): ReadonlyMap<string, Operation> {
  for (const id of Object.keys(ways.operations)) {
    if (!operations.has(id)) throw unknown(system, id, [...operations.keys()]);
  }
  const named = [...operations.values()].map((operation): [string, Operation] => {
    const way = ways.operations[operation.id];
    return [operation.id, { ...along(system, operation, way, needless), wireNames: ways.parameters }];
  });
  return new Map(named);
}

const placeholders = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

function along(
  system: string,
  operation: Operation,
  way: Way | undefined,
  needless: readonly string[],
): Operation {
  const path = way?.path ?? operation.path;
  const own = placeholders(operation.path);
  const given = placeholders(path);
  const subject = `${system} operations.${operation.id}.path`;
  const strange = given.find((name) => !(name in operation.request.shape));
  if (strange !== undefined) {
    throw new TidegateError('CONFIG_INVALID', `the path has {${strange}}, which the request has not`, {
      subject,
      expected: `of {${own.join('}, {')}}`,
    });
  }
  const lacking = own.find((name) => !given.includes(name) && !needless.includes(name));
  if (lacking !== undefined) {
    throw new TidegateError('CONFIG_INVALID', `the path does not say {${lacking}}`, {
      subject,
      fix: `Add {${lacking}}: without it the call would mean something else.`,
    });
  }
  const inPath = own.map((name): [string, FieldPlace] => [name, 'path']);
  return {
    ...operation,
    path,
    method: way?.method ?? operation.method,
    places: { ...operation.places, ...Object.fromEntries(inPath) },
  };
}

function unknown(system: string, id: string, known: readonly string[]): TidegateError {
  const near = nearest(id, known);
  return new TidegateError('CONFIG_INVALID', `${system} has no operation ${id}`, {
    subject: `${system} operations`,
    ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
  });
}
