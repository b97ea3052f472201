/** A YAML file that knows where each of its parts stands, so that every problem can be shown at its place. */
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
import { type ErrorCode, formatPlace, type Place, TidegateError } from './errors.ts';

export interface YamlFile {
  file: string;
  document: Document.Parsed;
  lines: LineCounter;
}

export function parseYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  // Duplicate keys are looked for by us: the library would name one place only.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  return { file, document, lines };
}

/** Trouble with the YAML itself, and keys that stand twice in one map. */
export function yamlProblems(source: YamlFile, code: ErrorCode): TidegateError[] {
  const problems = source.document.errors.map(
    (error) =>
      new TidegateError(code, `this is not valid YAML: ${error.message.replace(/\.$/, '')}`, {
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
        if (key.value === '__proto__') problems.push(reserved(code, place));
        const earlier = seen.get(String(key.value));
        if (earlier === undefined) seen.set(String(key.value), place);
        else problems.push(twice(code, String(key.value), earlier, place));
      }
    },
  });
  return problems;
}

function reserved(code: ErrorCode, place: Place): TidegateError {
  return new TidegateError(code, '__proto__ cannot be a key', {
    place,
    fix: 'Choose another name.',
  });
}

export function twice(code: ErrorCode, name: string, earlier: Place, place: Place): TidegateError {
  return new TidegateError(code, `${name} is defined twice, first at ${formatPlace(earlier)}`, {
    place,
    fix: 'Keep one of the two.',
  });
}

/** Where `path` stands: its value, its key, or the key of the nearest part of it that is there. */
export function locate(source: YamlFile, path: readonly PropertyKey[], what: 'key' | 'value'): Place {
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
  source: YamlFile,
  parent: unknown,
  step: PropertyKey,
): { key: Node | null; value: Node | null } | null {
  const node = isAlias(parent) ? parent.resolve(source.document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? null : { key: null, value: item as Node };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? null : { key: pair.key as Node, value: pair.value as Node | null };
}

function placeOf(source: YamlFile, node: Node): Place {
  return placeAt(source, node.range?.[0] ?? 0);
}

function placeAt(source: YamlFile, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return { file: source.file, line, column: col };
}
