/** What tests of mappings share. */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { TidegateError } from '../base/errors.ts';
import { YamlSource } from '../base/yaml-source.ts';

export interface MappingTestResult {
  passed: number;
  failed: { name: string; problem: string }[];
}

/** The tests that lie beside a mapping; `NOT_FOUND` when there are none. */
export async function readTestFile(mappingPath: string): Promise<YamlSource> {
  const path = mappingPath.replace(/\.(ya?ml)$/, '.test.$1');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const fix = 'Write one; docs/mappings.md shows how.';
    throw new TidegateError('NOT_FOUND', 'the mapping has no test file', {
      place: { file: path },
      fix,
      cause,
    });
  });
  return new YamlSource(path, text, 'MAPPING_INVALID');
}

export function compare(problems: string[], what: string, got: unknown, expected: unknown): void {
  if (expected === undefined || isDeepStrictEqual(got, expected)) return;
  problems.push(...differences(what, got, expected));
}

/** One line per leaf that differs, so that a long request need not be read in full. */
function differences(path: string, got: unknown, expected: unknown): string[] {
  if (isDeepStrictEqual(got, expected)) return [];
  if (!isObject(got) || !isObject(expected)) {
    return [`${path}: expected ${JSON.stringify(expected)}; got ${JSON.stringify(got) ?? 'nothing'}`];
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].flatMap((name) => {
    if (!Object.hasOwn(expected, name))
      return [`${path}.${name}: got ${JSON.stringify(got[name])}, which is not expected`];
    return differences(`${path}.${name}`, got[name], expected[name]);
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
