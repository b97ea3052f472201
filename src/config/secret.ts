import { inspect } from 'node:util';

const hidden = '•••';

/** A secret value that shows itself only when asked to. Printed, logged or turned into JSON it reads `•••`. */
export class Secret {
  readonly #value: string;
  readonly #source: string;

  /** @param source the reference it came from, e.g. `${env:ACME_PASSWORD}`; may be shown */
  constructor(value: string, source: string) {
    this.#value = value;
    this.#source = source;
  }

  reveal(): string {
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
