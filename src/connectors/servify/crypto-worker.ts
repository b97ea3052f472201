/** Runs in a worker thread: the RSA work of `crypto-pool.ts`, many bodies a message. */
import type { KeyObject } from 'node:crypto';
import { Tinypool } from 'tinypool';
import { decryptText, encryptText } from './crypto.ts';

export interface CryptoKeys {
  encryptFor: KeyObject;
  decryptWith: KeyObject;
}

export interface CryptoTask {
  kind: 'encrypt' | 'decrypt';
  text: string;
}

const keys: CryptoKeys = Tinypool.workerData;

/** Results in the order of the tasks; `null` where a text was not encrypted for our key. */
export default function work(tasks: readonly CryptoTask[]): (string | null)[] {
  return tasks.map((task) => {
    if (task.kind === 'encrypt') return encryptText(keys.encryptFor, task.text);
    try {
      return decryptText(keys.decryptWith, task.text);
    } catch {
      // The cause says nothing more, and it may hold key or cipher bytes.
      return null;
    }
  });
}
