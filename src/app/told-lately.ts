/** What this user was told lately, remembered outside the ledger: where that cannot be used, every start would tell the same again. */
import { hash } from 'node:crypto';
import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this very thing was the last that was told about the subject. */
export async function wasToldLately(subject: string, key: string): Promise<boolean> {
  const file = memoryOf(subject);
  try {
    // Everybody may make files there, and nobody else is to keep mails back.
    const mine = (await lstat(file)).uid === (process.getuid?.() ?? 0);
    return mine && (await readFile(file, 'utf8')) === key;
  } catch {
    return false;
  }
}

/** Where it cannot be kept, it is told again. */
export async function rememberTold(subject: string, key: string): Promise<void> {
  const file = memoryOf(subject);
  try {
    await rm(file, { force: true });
    await writeFile(file, key, { flag: 'wx', mode: 0o600 });
  } catch {
    // As said above.
  }
}

const memoryOf = (subject: string): string =>
  join(tmpdir(), `tidegate-told-${hash('sha256', subject).slice(0, 16)}`);
