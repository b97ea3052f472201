/** Looks at what is there, without asking the product. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CaughtMail } from '../src/sandbox/mail-catcher.ts';
import { type Canary, findCanaries, personalCanaries } from '../test/support/canaries.ts';
import type { Found } from './answers.ts';
import type { Folders } from './judge.ts';

/** The inbound folder first: what is gone from there must be answered by then. */
export async function lookAt(root: string): Promise<Folders> {
  const inbound = await filesIn(join(root, 'in'));
  const [out, processed, errored] = await Promise.all(
    ['out', 'processed', 'errored'].map((name) => filesIn(join(root, name))),
  );
  return { in: inbound, out: out ?? [], processed: processed ?? [], errored: errored ?? [] };
}

export async function filesIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        // Moved away since the folder was listed; or a folder.
        if (error.code === 'ENOENT' || error.code === 'EISDIR') return null;
        throw error;
      });
      return bytes === null ? [] : [{ name, bytes }];
    }),
  );
  return found.flat();
}

/** `ok`, or what SQLite complains about. */
export function integrityOf(ledger: string): string {
  const database = new Database(ledger, { readonly: true });
  try {
    return String(database.pragma('integrity_check', { simple: true }));
  } finally {
    database.close();
  }
}

export interface Texts {
  /** What processes printed and logged. */
  outputs: readonly string[];
  mails: readonly CaughtMail[];
  folders: Folders;
  /** Files of the ledger's folder. */
  ledger: readonly Found[];
}

/** Where a text that must not be seen is seen. Personal data may stand in answers and in the ledger, secrets nowhere. */
export function leaksIn(texts: Texts, secrets: readonly Canary[]): string[] {
  const printed = texts.outputs.map((text) => ({ where: 'the output', text }));
  const mailed = texts.mails.map(({ subject, raw, text }) => ({
    where: `the mail "${subject}"`,
    text: raw + text,
  }));
  const stored = [...texts.ledger, ...texts.folders.out].map(({ name, bytes }) => ({
    where: name,
    text: bytes.toString('latin1'),
  }));
  const search = (
    canaries: readonly Canary[],
    places: readonly { where: string; text: string }[],
  ): string[] => places.flatMap(({ where, text }) => findCanaries(where, text, canaries));
  return [
    ...search(secrets, [...printed, ...mailed, ...stored]),
    ...search(personalCanaries, [...printed, ...mailed]),
  ];
}
