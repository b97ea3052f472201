/** A YAML file that knows where each of its parts stands, so that every problem can be shown at its place. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { type ErrorDetails, type Place, TidegateError, TidegateErrors } from '../base/errors.ts';

export type Path = readonly PropertyKey[];

export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #problems: TidegateError[] = [];

  /** @throws TidegateErrors `MAPPING_INVALID` when the text is no YAML or has a key twice */
  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const error of this.#document.errors) {
      this.add(firstLine(error.message), { place: this.#placeAt(error.pos[0]), fix: 'Correct the YAML.' });
    }
    visit(this.#document, {
      Pair: (_, pair) => {
        if (!isScalar(pair.key) || pair.key.value !== '__proto__') return;
        this.add('"__proto__" cannot be a name', { place: this.#placeAt(pair.key.range?.[0]) });
      },
    });
    this.throwProblems();
    this.value = this.#toValue();
  }

  /** Notes a problem at `path`; all of them are thrown together by `throwProblems`. */
  report(
    path: Path,
    problem: string,
    details: Omit<ErrorDetails, 'place'> & { at?: 'key' | 'value' } = {},
  ): void {
    const { at = 'value', ...rest } = details;
    this.add(problem, { place: this.place(path, at), ...rest });
  }

  add(problem: string, details: ErrorDetails): void {
    this.#problems.push(new TidegateError('MAPPING_INVALID', problem, details));
  }

  throwProblems(): void {
    if (this.#problems.length > 0) throw new TidegateErrors(this.#problems);
  }

  /** Where `path` stands, or the nearest part around it that exists. */
  place(path: Path, at: 'key' | 'value' = 'value'): Place {
    let node: unknown = this.#document.contents;
    let offset = 0;
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document);
      const last = depth === path.length - 1;
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (!pair) break;
        offset = start(pair.key) ?? offset;
        node = pair.value;
        if (last && at === 'key') break;
      } else if (isSeq(node)) node = node.items[Number(step)];
      else break;
      if (last || isSeq(node)) offset = start(node) ?? offset;
    }
    return this.#placeAt(offset);
  }

  #placeAt(offset = 0): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line, column: col };
  }

  #toValue(): unknown {
    try {
      return this.#document.toJS();
    } catch (cause) {
      // The library stops at 100 expansions of an alias: a small file could otherwise fill the memory.
      throw new TidegateErrors([
        new TidegateError('MAPPING_INVALID', 'the aliases (*name) cannot be resolved', {
          place: this.#placeAt(),
          fix: 'Write the repeated parts out.',
          cause,
        }),
      ]);
    }
  }
}

const start = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
const firstLine = (text: string): string => text.split('\n')[0]?.replace(/[.:]$/, '') ?? text;
