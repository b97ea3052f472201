import type { Paging } from '../port.ts';
import { at, listAt } from './reading.ts';
import type { PagingSpec } from './schema.ts';

export const declaredPaging = ({ page, size, rows, items, total }: PagingSpec): Paging => ({
  ask: (number, wanted) => ({ [page]: number, ...(size === undefined ? {} : { [size]: wanted }) }),
  size: rows,
  sizeCanBeAsked: size !== undefined,
  items: (answer) => listAt(answer, items) ?? [],
  total(answer) {
    const found = total === undefined ? undefined : at(answer, total);
    return typeof found === 'number' ? found : null;
  },
});
