import { type Place, TidegateError } from '../base/errors.ts';
import { locate, twice, type YamlFile } from '../base/yaml.ts';
import type { Path } from './description.ts';
import { mapSections } from './schema/root.ts';

export interface Merged {
  tree: Record<string, unknown>;
  problems: TidegateError[];
  locate(path: Path, what: 'key' | 'value'): Place;
}

/** A part of a file that is taken over as a whole: a section, or an entry of a map section. */
interface Part {
  path: readonly string[];
  value: unknown;
  source: YamlFile;
}

/** One tree of all files. Map sections are joined key by key, others stand in one file. */
export function mergeSources(sources: readonly YamlFile[]): Merged {
  const problems: TidegateError[] = [];
  const owners = new Map<string, YamlFile>();
  // Without a prototype, so that no name of a file can mean more than itself.
  const tree: Record<string, unknown> = Object.create(null);

  for (const { path, value, source } of sources.flatMap((file) => partsOf(file, problems))) {
    const earlier = owners.get(ownerKey(path));
    if (earlier !== undefined) {
      problems.push(
        twice('CONFIG_INVALID', path.join('.'), locate(earlier, path, 'key'), locate(source, path, 'key')),
      );
      continue;
    }
    owners.set(ownerKey(path), source);
    put(tree, path, value);
  }
  return {
    tree,
    problems,
    locate(path, what) {
      const source =
        owners.get(ownerKey(path.slice(0, 2))) ?? owners.get(ownerKey(path.slice(0, 1))) ?? sources[0];
      return source === undefined ? { file: '' } : locate(source, path, what);
    },
  };
}

const ownerKey = (path: Path): string => JSON.stringify(path);

function partsOf(source: YamlFile, problems: TidegateError[]): Part[] {
  const content: unknown = source.document.toJS() ?? {};
  if (!isRecord(content)) {
    problems.push(notAMap(locate(source, [], 'key'), 'the file'));
    return [];
  }
  return Object.entries(content).flatMap(([section, value]): Part[] => {
    if (!mapSections.some((name) => name === section)) return [{ path: [section], value, source }];
    if (value === null) return [];
    if (isRecord(value))
      return Object.entries(value).map(([name, entry]) => ({ path: [section, name], value: entry, source }));
    problems.push(notAMap(locate(source, [section], 'value'), section));
    return [];
  });
}

function put(tree: Record<string, unknown>, [section = '', name]: readonly string[], value: unknown): void {
  if (name === undefined) {
    tree[section] = value;
    return;
  }
  const entries: Record<string, unknown> = isRecord(tree[section]) ? tree[section] : Object.create(null);
  entries[name] = value;
  tree[section] = entries;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notAMap(place: Place, what: string): TidegateError {
  return new TidegateError('CONFIG_INVALID', `${what} is not a map of keys and values`, {
    place,
    expected: 'lines of the form key: value',
  });
}
