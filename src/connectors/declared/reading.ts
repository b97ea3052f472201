/** Reading what a declaration points at. Pure. */
import type { Json } from '../../base/json.ts';
import { valueAtPath } from '../../base/path.ts';
import type { Match, Words } from './schema.ts';

/** A dot stands for the whole. */
export const at = (value: Json | undefined, path: string): Json | undefined =>
  path === '.' ? value : valueAtPath(value, path);

export function fits(value: Json | undefined, { path, is }: Match): boolean {
  const found = at(value, path);
  return is.some((one) => one === found);
}

/** Numbers stand for themselves. */
export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

export const listAt = (value: Json | undefined, path: string): readonly Json[] | null => {
  const found = at(value, path);
  return Array.isArray(found) ? found : null;
};

export const wordsIn = (value: Json, { code, message }: Words): { code: string; message: string } => ({
  code: code === undefined ? '' : textOf(at(value, code)),
  message: message === undefined ? '' : textOf(at(value, message)),
});
