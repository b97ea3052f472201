/** Companion files that say a checksum, as `sha256sum` writes and checks them. */
import { createHash } from 'node:crypto';
import { readRange, type Transferred } from '../base/local-copy.ts';

/** MD5 is only read: a checksum finds what was cut or garbled, and some know no other. */
export type ChecksumAlgorithm = 'sha256' | 'md5';

const digits: Readonly<Record<ChecksumAlgorithm, number>> = { sha256: 64, md5: 32 };

/** The text of `NAME.sha256`. */
export const checksumText = ({ sha256 }: Pick<Transferred, 'sha256'>, name: string): string =>
  `${sha256}  ${name}\n`;

/**
 * The checksum that a companion states for a file, in lower case: of the line with its name, or of the only line when that has no name. `null` when there is none, as in
 * one that is still being written.
 */
export function statedChecksum(text: string, name: string, algorithm: ChecksumAlgorithm): string | null {
  const form = new RegExp(`^(?<sum>[0-9a-f]{${digits[algorithm]}})(?:[ \\t]+\\*?(?<of>.+))?$`, 'i');
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => form.exec(line.trim())?.groups);
  const named = lines.find((line) => line?.['of'] !== undefined && lastPart(line['of']) === name);
  const only = lines.length === 1 && lines[0]?.['of'] === undefined ? lines[0] : undefined;
  return (named ?? only)?.['sum']?.toLowerCase() ?? null;
}

/** Whoever calls `sha256sum` with a path gets the path. */
const lastPart = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

export async function checksumOf(path: string, algorithm: ChecksumAlgorithm): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of readRange(path)) hash.update(chunk);
  return hash.digest('hex');
}
