import { TidegateError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { nearest } from '../../base/nearest.ts';
import { contentReference } from '../content-reference.ts';
import type { Operation } from '../port.ts';
import { at, textOf } from './reading.ts';
import type { OperationSpec, VerdictSpec } from './schema.ts';

/** An operation with what only the transport of declared systems needs to know. */
export interface DeclaredOperation extends Operation {
  says: VerdictSpec;
}

export interface DeclaredSystem {
  /** That of its file. */
  name: string;
  operations: ReadonlyMap<string, DeclaredOperation>;
  /** The read that proves address and login. */
  check: { operation: string; request: JsonObject };
}

export function declaredReference(spec: OperationSpec['reference']): Operation['reference'] {
  if (spec === 'content') return contentReference;
  if (spec === undefined || spec === 'none') return () => null;
  return (request) => {
    const parts = spec.map((field) => textOf(at(request, field)));
    return parts.includes('') ? null : parts.join(' ');
  };
}

/** Fails with `CONFIG_INVALID` when no file declares what the target names. */
export function demandDeclared(
  target: { name: string; definition: string },
  declared: ReadonlyMap<string, DeclaredSystem>,
): DeclaredSystem {
  const found = declared.get(target.definition);
  if (found) return found;
  const close = nearest(target.definition, declared.keys());
  throw new TidegateError('CONFIG_INVALID', `no file declares the system ${target.definition}`, {
    subject: `target ${target.name}`,
    expected: `the file systems/${target.definition}.yaml beside the configuration folder`,
    ...(close !== undefined && { fix: `Did you mean ${close}?` }),
  });
}
