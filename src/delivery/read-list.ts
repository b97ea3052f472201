import { TidegateError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { CallResult, Operation, Paging } from '../connectors/port.ts';
import { readWithRetries } from './read.ts';

/** Bounds what one row may cost where a target tells no end. */
const MOST_PAGES = 100;

/** As `readWithRetries`, page by page to the end; the answer is the list of all entries. */
export async function readList(
  operation: Operation,
  paging: Paging,
  request: JsonObject,
  ports: Parameters<typeof readWithRetries>[2],
): Promise<CallResult | TidegateError> {
  const entries: Json[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const asked = { ...request, ...paging.ask(page, paging.size) };
    const result = await readWithRetries(operation, asked, ports);
    if (result instanceof TidegateError || !result.accepted) return result;
    const items = paging.items(result.answer);
    entries.push(...items);
    const total = paging.total(result.answer);
    const complete = total === null ? items.length < paging.size : entries.length >= total;
    if (complete || items.length === 0) return { ...result, answer: entries };
  }
  return new TidegateError('CALL_FAILED', `the list has more than ${MOST_PAGES} pages`, {
    subject: operation.id,
    expected: `at most ${MOST_PAGES} pages`,
    fix: 'Narrow the request of this read in the mapping.',
    retry: 'never',
  });
}
