/** The text of a YAML file, and all problems found in it. */
import { type ErrorCode, type ErrorDetails, type Place, TidegateError, TidegateErrors } from './errors.ts';
import { locate, parseYaml, type YamlFile, yamlProblems } from './yaml.ts';

export type Path = readonly PropertyKey[];

export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly #yaml: YamlFile;
  readonly #code: ErrorCode;
  readonly #problems: TidegateError[] = [];

  /**
   * @param code of all problems found in it
   * @throws TidegateErrors when the text is no YAML or has a key twice
   */
  constructor(file: string, text: string, code: ErrorCode) {
    this.file = file;
    this.#code = code;
    this.#yaml = parseYaml(file, text);
    this.#problems.push(...yamlProblems(this.#yaml, code));
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
    this.#problems.push(new TidegateError(this.#code, problem, details));
  }

  throwProblems(): void {
    if (this.#problems.length > 0) throw new TidegateErrors(this.#problems);
  }

  /** Where `path` stands, or the nearest part around it that exists. */
  place(path: Path, at: 'key' | 'value' = 'value'): Place {
    return locate(this.#yaml, path, at);
  }

  #toValue(): unknown {
    try {
      return this.#yaml.document.toJS();
    } catch (cause) {
      // The library stops at 100 expansions of an alias: a small file could otherwise fill the memory.
      throw new TidegateErrors([
        new TidegateError(this.#code, 'the aliases (*name) cannot be resolved', {
          place: { file: this.file, line: 1, column: 1 },
          fix: 'Write the repeated parts out.',
          cause,
        }),
      ]);
    }
  }
}
