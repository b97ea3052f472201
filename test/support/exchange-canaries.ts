/** The search through everything that an exchange produced. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';
import { parse } from 'csv-parse/sync';
import { explain } from '../../src/base/errors.ts';
import type { ExchangeEvent } from '../../src/exchange/types.ts';
import type { CaughtMail } from '../../src/sandbox/mail-catcher.ts';
import { type Canary, findCanaries, personalCanaries, secretsOf } from './canaries.ts';

export interface Produced {
  /** Of the exchange: its ledger and spool lie in `ledger`. */
  folder: string;
  /** What the partner sees as `/`. */
  root: string;
  configFolder: string;
  mails: readonly CaughtMail[];
  log: readonly string[];
  events: readonly ExchangeEvent[];
}

/**
 * Secrets must be nowhere. Personal data must be nowhere but in the ledger, which is the record of what was sent; in the sources, which are the partner's own;
 * and in those cells of an answer that give the partner's own values back.
 */
export async function searchExchange(produced: Produced): Promise<string[]> {
  const { folder, root } = produced;
  const { all: secrets } = await secretsOf(produced.configFolder);
  const both = [...secrets, ...personalCanaries];
  const found: string[] = [];
  const search = (where: string, text: string, canaries: readonly Canary[] = both): void =>
    void found.push(...findCanaries(where, text, canaries));

  search('the log', produced.log.join(''));
  for (const event of produced.events) {
    search(`an event (${event.kind})`, inspect(event, { depth: 8, maxStringLength: null }));
    if (event.kind === 'waits') search('an error', explain(event.error));
  }
  for (const { subject, text, raw } of produced.mails) {
    search(`the mail "${subject}"`, `${subject}\n${text}\n${raw}`);
  }
  for (const path of await filesIn(join(folder, 'ledger'))) {
    const shown = relative(folder, path);
    search(shown, await readFile(path, 'latin1'), secrets);
    if (isDone(shown, produced.events)) found.push(`what is left of a finished file in ${shown}`);
  }
  for (const path of await filesIn(root)) {
    const shown = relative(root, path);
    search(`the name ${shown}`, shown);
    const text = await readFile(path, 'utf8');
    search(shown, text, secrets);
    if (/^out\/(?!.*Rejects).*\.csv$/.test(shown)) search(shown, withoutOwnValues(text), personalCanaries);
  }
  return found;
}

/** Whether it is the working copy of an arrival that needs none any more. */
function isDone(path: string, events: readonly ExchangeEvent[]): boolean {
  const id = Number(/spool\/arrival-(\d+)\./.exec(path)?.[1]);
  return events.some(
    (event) =>
      event.kind === 'step' &&
      event.arrival.id === id &&
      (event.arrival.state === 'settled' || event.arrival.state === 'withdrawn'),
  );
}

/** `Value` gives back what was wrong, `Message` what the target said of it. */
function withoutOwnValues(answer: string): string {
  const rows: Record<string, string>[] = parse(answer, { columns: true, relax_column_count: true });
  return rows.map(({ Value: _value, Message: _message, ...others }) => JSON.stringify(others)).join('\n');
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
