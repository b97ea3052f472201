/** Pages of 100 rows, counted from 1; another size cannot be asked for. */
import { isObject, type Json } from '../../base/json.ts';
import type { Paging } from '../port.ts';

export const pages: Paging = {
  ask: (page) => ({ page }),
  size: 100,
  sizeCanBeAsked: false,
  items(answer) {
    const data = isObject(answer) ? answer['data'] : undefined;
    return Array.isArray(data) ? (data as readonly Json[]) : [];
  },
  // Only the list of orders tells, and there one of two tables says so.
  total(answer) {
    const total = isObject(answer) ? answer['total_count'] : undefined;
    return typeof total === 'number' ? total : null;
  },
};
