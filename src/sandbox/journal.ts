/** The latest requests that a simulated system got, for whoever wants to see what was sent. */
import type { ServerResponse } from 'node:http';

export interface JournalEntry {
  /** ISO 8601. */
  at: string;
  operation: string;
  method: string;
  url: string;
  /** As it came. */
  body: string;
  /** `null` while there is no answer, and for good when the connection was cut instead. */
  status: number | null;
}

const mostEntries = 200;
/** In characters of their bodies; the newest one is kept whatever its size. */
const mostText = 2_000_000;

export class Journal {
  readonly #entries: JournalEntry[] = [];
  #text = 0;

  /** Newest last. */
  entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  note(asked: Pick<JournalEntry, 'operation' | 'method' | 'url' | 'body'>, response: ServerResponse): void {
    const entry: JournalEntry = { at: new Date().toISOString(), ...asked, status: null };
    response.once('close', () => {
      if (response.headersSent) entry.status = response.statusCode;
    });
    this.#entries.push(entry);
    this.#text += entry.body.length;
    while (this.#entries.length > mostEntries || (this.#text > mostText && this.#entries.length > 1))
      this.#text -= this.#entries.shift()?.body.length ?? 0;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#text = 0;
  }
}
