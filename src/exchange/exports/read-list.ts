/** The entries of a list, read to its end or not at all. */
import { TidegateError } from '../../base/errors.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import type { CallResult, Operation } from '../../connectors/port.ts';
import { readWithRetries } from '../../delivery/read.ts';
import type { ListSource, Span } from '../../mapping/export/types.ts';
import { Seen } from './seen.ts';

export type ReadPorts = Parameters<typeof readWithRetries>[2];

/** The list has changed while it was read: it has to be read anew. */
export class ListShifted extends Error {}

/** Bounds what a target may make us read that tells no end. */
const MOST_PAGES = 100_000;
const MOST_ENTRIES = 10_000_000;

/**
 * Page by page. An entry that comes twice, since pages have shifted, is given once.
 * @throws ListShifted when what was read cannot be the whole list of one moment
 * @throws TidegateError what the reads throw, and `EXPORT_INCOMPLETE` when a page is refused
 */
export async function* readEntries(source: ListSource, span: Span, ports: ReadPorts): AsyncGenerator<Json> {
  const { operation, pageSize } = source;
  const { paging } = operation;
  const request = source.request(span);
  if (!paging) {
    yield* entriesOf(source, await demandRead(operation, request, ports));
    return;
  }
  const seen = new Seen();
  for (let page = 1, read = 0, total: number | null = null; page <= MOST_PAGES; page++) {
    const result = await demandRead(operation, { ...request, ...paging.ask(page, pageSize) }, ports);
    const entries = entriesOf(source, result);
    const told = paging.total(result.answer);
    if (page > 1 && told !== total) throw new ListShifted(`it had ${total} entries, and now has ${told}`);
    total = told;
    read += entries.length;
    const fresh = entries.filter((entry) => isNew(entry, source, seen));
    yield* fresh;
    const isLast = total === null ? entries.length < pageSize : read >= total;
    if (isLast) {
      demandTotal(total, seen);
      return;
    }
    if (fresh.length === 0) throw new ListShifted(`page ${page} has no entry that is new`);
  }
  throw incomplete(operation, `the list has more than ${MOST_PAGES} pages`);
}

function isNew(entry: Json, { key, operation }: ListSource, seen: Seen): boolean {
  const name = key(entry);
  if (name === null) throw noKey(operation);
  const found = seen.add(name, JSON.stringify(entry));
  // It was changed meanwhile, or its key tells it from no other.
  if (found === 'other') throw new ListShifted('two entries of one key differ');
  if (seen.size > MOST_ENTRIES) throw incomplete(operation, `the list has more than ${MOST_ENTRIES} entries`);
  return found === 'new';
}

function demandTotal(total: number | null, { size }: Seen): void {
  if (total === null || total === size) return;
  throw new ListShifted(`it has ${total} entries, and ${size} were read`);
}

function entriesOf({ operation, entries }: ListSource, { answer }: CallResult): readonly Json[] {
  const found = entries(answer);
  if (found) return found;
  throw incomplete(operation, 'there is no list in the answer');
}

/** A read that was not refused. */
export async function demandRead(
  operation: Operation,
  request: JsonObject,
  ports: ReadPorts,
): Promise<CallResult> {
  const result = await readWithRetries(operation, request, ports);
  if (result instanceof TidegateError) throw result;
  if (result.accepted) return result;
  // Its message may quote what was asked for.
  throw incomplete(operation, `the read was refused with ${result.code || `status ${result.status}`}`);
}

export const incomplete = ({ id }: Pick<Operation, 'id'>, problem: string): TidegateError =>
  new TidegateError('EXPORT_INCOMPLETE', problem, {
    subject: id,
    fix: 'Nothing was sent, and the window stays open; it is read again in a few minutes.',
    retry: 'later',
  });

const noKey = ({ id }: Operation): TidegateError =>
  new TidegateError('EXPORT_VALUE', 'an entry of the list has none of the fields of its key', {
    subject: id,
    fix: 'Correct list.key in the mapping of the export.',
    retry: 'later',
  });
