import { inspect } from 'node:util';

const hidden = '•••';

/** A secret value that shows itself only when asked to. Printed, logged or turned into JSON it reads `•••`. */
export class Secret {
  readonly #value: string | null;
  readonly #source: string;

  /**
   * @param value `null` where it was not read, because nobody will use it
   * @param source the reference it came from, e.g. `${env:ACME_PASSWORD}`; may be shown
   */
  constructor(value: string | null, source: string) {
    this.#value = value;
    this.#source = source;
  }

  get isSealed(): boolean {
    return this.#value === null;
  }

  reveal(): string {
    if (this.#value === null) throw new Error(`${this.#source} was not read`);
    return this.#value;
  }

  get source(): string {
    return this.#source;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
