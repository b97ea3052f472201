/** A file that declares a system, read, checked and made into operations. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { TidegateError } from '../../base/errors.ts';
import { checkSource } from '../../base/schema-problems.ts';
import { type Path, YamlSource } from '../../base/yaml-source.ts';
import type { Repeat } from '../port.ts';
import { declaredBatch } from './batch.ts';
import { checkSystem } from './cross.ts';
import { type BodySchema, toZod } from './json-schema.ts';
import { declaredLookup } from './lookup.ts';
import { type DeclaredOperation, type DeclaredSystem, declaredReference } from './operation.ts';
import { declaredPaging } from './paging.ts';
import { declaredAsync } from './queue.ts';
import { type OperationSpec, type SystemSpec, systemSchema } from './schema.ts';

/**
 * @param path the file, whose name without its end is that of the system
 * @throws TidegateErrors `CONFIG_INVALID` with every problem found, each with file, line and column
 */
export async function loadSystem(path: string): Promise<DeclaredSystem> {
  const source = new YamlSource(path, await readSystem(path), 'CONFIG_INVALID');
  const spec = checkSource(source, systemSchema);
  checkSystem(source, spec);
  const operations = Object.entries(spec.operations).flatMap(
    ([id, own]) => declare(source, id, own, spec) ?? [],
  );
  source.throwProblems();
  const named = new Map(operations.map((operation) => [operation.id, operation]));
  const { operation, request } = spec.check;
  const fit = named.get(operation)?.request.safeParse(request);
  for (const issue of fit?.error?.issues ?? [])
    source.report(['check', 'request', ...issue.path], `it does not fit ${operation}: ${issue.message}`);
  source.throwProblems();
  return { name: basename(path).replace(/\.ya?ml$/, ''), operations: named, check: spec.check };
}

async function readSystem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', 'the file that declares a system cannot be read', {
      place: { file: path },
      fix: 'Check the name and the rights of the file.',
      cause,
    });
  }
}

/** `null` when a problem was reported. */
function declare(
  source: YamlSource,
  id: string,
  own: OperationSpec,
  system: SystemSpec,
): DeclaredOperation | null {
  const path = ['operations', id];
  const request = schemaOf(source, [...path, 'request'], own.request);
  const response = own.response ? schemaOf(source, [...path, 'response'], own.response) : z.unknown();
  if (response === null || request === null) return null;
  if (!(request instanceof z.ZodObject)) {
    source.report([...path, 'request'], 'it does not describe an object', {
      at: 'key',
      expected: 'type: object with properties, and no anyOf around it',
    });
    return null;
  }
  return {
    id,
    kind: own.kind,
    method: own.method,
    path: own.path,
    places: own.places,
    purpose: own.purpose,
    request,
    response,
    reference: declaredReference(own.reference),
    repeat: repeatOf(own, response, system),
    ...(own.batch && { batch: declaredBatch(own.batch) }),
    ...(own.async && { async: declaredAsync(own.async) }),
    ...(own.paging && { paging: declaredPaging(own.paging) }),
    says: own.verdict ?? system.verdict,
  };
}

function schemaOf(source: YamlSource, path: Path, schema: BodySchema): z.ZodType | null {
  try {
    return toZod(schema);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    source.report(path, `this JSON Schema cannot be used: ${why}`, { at: 'key', cause });
    return null;
  }
}

function repeatOf({ repeat, async }: OperationSpec, response: z.ZodType, { operations }: SystemSpec): Repeat {
  if (repeat?.mode !== 'lookup') return repeat ?? { mode: 'safe' };
  const paging = operations[repeat.operation]?.paging;
  const asked = { response, queued: async !== undefined, paging: paging ? declaredPaging(paging) : null };
  return declaredLookup(repeat, asked);
}
