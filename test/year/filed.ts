/** What lies in the partner's folders at the end, from outside. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { rowsOf } from '../support/sales.ts';
import type { Year } from './year.ts';

export interface Filed {
  name: string;
  /** Of the archive; `null` where it lies as yet. */
  month: string | null;
  path: string;
}

/** Every CSV of the partner but those that have not been taken, by name. */
export async function allFiled({ exchange }: Pick<Year, 'exchange'>): Promise<Filed[]> {
  const { root } = exchange;
  const paths = (await readdir(root, { recursive: true })).filter((path) => path.endsWith('.csv'));
  return paths
    .map((path) => ({
      name: basename(path),
      month: /^archive\/(\d{4}-\d{2})\//.exec(path)?.[1] ?? null,
      path: join(root, path),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export const namedLike = (filed: readonly Filed[], dataType: string): Filed[] =>
  filed.filter(({ name }) => name.startsWith(`${dataType}_`));

export const read = async ({ path }: Filed): Promise<Record<string, string>[]> =>
  rowsOf(await readFile(path, 'utf8'));
