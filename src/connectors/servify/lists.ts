/** How Servify's reads give many things at once: page by page, or for many that are asked for in one call. */
import { isObject, type Json } from '../../base/json.ts';
import type { Batch, Paging } from '../port.ts';

/** @param sizeField where another size can be asked for, the field that takes it */
export const pagesOf = (
  listField: string,
  { size, sizeField }: { size: number; sizeField?: string },
): Paging => ({
  ask: (page, asked) => ({
    Pagination: { CurrentPage: page },
    ...(sizeField === undefined ? {} : { [sizeField]: asked }),
  }),
  size,
  sizeCanBeAsked: sizeField !== undefined,
  items: (answer) => listAt(isObject(answer) ? answer[listField] : undefined),
  total(answer) {
    const total = isObject(answer) ? answer['TotalCount'] : undefined;
    return typeof total === 'number' ? total : null;
  },
});

/** What is not found is left out of the answer, and the order is another. */
export const askedTogether = (
  rows: string,
  rowKey: string,
  listIn: (answer: Json) => Json | undefined,
): Batch => ({
  rows,
  rowKey,
  limit: null,
  results(answer) {
    const found = listAt(listIn(answer)).flatMap((entry) => {
      const key = isObject(entry) ? entry[rowKey] : undefined;
      const result = { accepted: true, code: '', message: '', answer: entry };
      return typeof key === 'string' ? [[key, result] as const] : [];
    });
    return { rows: new Map(found), common: null };
  },
});

const listAt = (list: Json | undefined): readonly Json[] => (Array.isArray(list) ? list : []);
