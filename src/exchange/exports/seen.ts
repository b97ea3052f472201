/** Which entries of a list were read, and what they held: sixteen bytes for each, since a list may have millions. */
import { createHash } from 'node:crypto';

/** Words of a slot: two of the key, two of the content. */
const WORDS = 4;
const FIRST_SLOTS = 1024;

export class Seen {
  /** Open addressing; a slot whose first word is 0 is free. */
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Remembers the first content of a key. */
  add(key: string, content: string): 'new' | 'same' | 'other' {
    if (this.#size * 2 * WORDS >= this.#slots.length) this.#grow();
    const [one, two] = digest(key);
    const [three, four] = digest(content);
    const at = slotOf(this.#slots, one, two);
    if (this.#slots[at] === 0) {
      this.#slots.set([one, two, three, four], at);
      this.#size++;
      return 'new';
    }
    return this.#slots[at + 2] === three && this.#slots[at + 3] === four ? 'same' : 'other';
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    for (let from = 0; from < this.#slots.length; from += WORDS) {
      const [one = 0, two = 0] = this.#slots.subarray(from, from + 2);
      if (one !== 0) slots.set(this.#slots.subarray(from, from + WORDS), slotOf(slots, one, two));
    }
    this.#slots = slots;
  }
}

/** Where the key is, or is to be. */
function slotOf(slots: Uint32Array, one: number, two: number): number {
  const count = slots.length / WORDS;
  for (let slot = two % count; ; slot = (slot + 1) % count) {
    const at = slot * WORDS;
    if (slots[at] === 0 || (slots[at] === one && slots[at + 1] === two)) return at;
  }
}

/** The first word is never 0. */
function digest(text: string): readonly [number, number] {
  const bytes = createHash('sha256').update(text).digest();
  return [bytes.readUInt32LE(0) || 1, bytes.readUInt32LE(4)];
}
