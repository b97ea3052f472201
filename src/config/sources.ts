/** The files of the configuration folder, and where in them a key or value stands. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { formatPlace, type Place, TidegateError } from '../base/errors.ts';
import type { Path } from './description.ts';

export interface Source {
  file: string;
  document: Document.Parsed;
  lines: LineCounter;
}

/** All `*.yaml` and `*.yml` files of the folder itself, in the order of their names; hidden files and folders are not read. */
export async function readSources(folder: string): Promise<Source[]> {
  let names: string[];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', 'the configuration folder cannot be read', {
      subject: folder,
      fix: 'Create it, or name another one with --config.',
      cause,
    });
  }
  const wanted = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
  if (wanted.length === 0) {
    throw new TidegateError('CONFIG_INVALID', 'the configuration folder holds no .yaml file', {
      subject: folder,
      fix: 'Start from config/example/tidegate.example.yaml.',
    });
  }
  return Promise.all(
    wanted.map(async (name) => parseSource(join(folder, name), await readFile(join(folder, name), 'utf8'))),
  );
}

export function parseSource(file: string, text: string): Source {
  const lines = new LineCounter();
  // Duplicate keys are looked for by us: the library would name one place only.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  return { file, document, lines };
}

/** Trouble with the YAML itself, and keys that stand twice in one map. */
export function sourceProblems(source: Source): TidegateError[] {
  const problems = source.document.errors.map(
    (error) =>
      new TidegateError('CONFIG_INVALID', `this is not valid YAML: ${error.message.replace(/\.$/, '')}`, {
        place: placeAt(source, error.pos[0]),
      }),
  );
  visit(source.document, {
    Map(_, map) {
      const seen = new Map<string, Place>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const place = placeOf(source, key);
        // It would vanish without a word: the schema library passes over it.
        if (key.value === '__proto__') problems.push(reserved(place));
        const earlier = seen.get(String(key.value));
        if (earlier === undefined) seen.set(String(key.value), place);
        else problems.push(twice(String(key.value), earlier, place));
      }
    },
  });
  return problems;
}

function reserved(place: Place): TidegateError {
  return new TidegateError('CONFIG_INVALID', '__proto__ cannot be a key', {
    place,
    fix: 'Choose another name.',
  });
}

export function twice(name: string, earlier: Place, place: Place): TidegateError {
  return new TidegateError('CONFIG_INVALID', `${name} is defined twice, first at ${formatPlace(earlier)}`, {
    place,
    fix: 'Keep one of the two.',
  });
}

/** Where `path` stands: its value, its key, or the key of the nearest part of it that is there. */
export function locate(source: Source, path: Path, what: 'key' | 'value'): Place {
  let node: unknown = source.document.contents;
  let place: Place = { file: source.file, line: 1, column: 1 };
  for (const [index, step] of path.entries()) {
    const found = child(source, node, step);
    if (found === null) return place;
    const last = index === path.length - 1;
    const marked = last && what === 'value' ? (found.value ?? found.key) : (found.key ?? found.value);
    if (marked !== null) place = placeOf(source, marked);
    node = found.value;
  }
  return place;
}

function child(
  source: Source,
  parent: unknown,
  step: string | number,
): { key: Node | null; value: Node | null } | null {
  const node = isAlias(parent) ? parent.resolve(source.document) : parent;
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    return item === undefined ? null : { key: null, value: item as Node };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? null : { key: pair.key as Node, value: pair.value as Node | null };
}

function placeOf(source: Source, node: Node): Place {
  return placeAt(source, node.range?.[0] ?? 0);
}

function placeAt(source: Source, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return { file: source.file, line, column: col };
}
