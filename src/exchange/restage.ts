import { TidegateError } from '../base/errors.ts';
import { type HeaderMatch, matchHeader } from '../csv/header.ts';
import type { Arrival } from '../ledger/port.ts';
import type { CompiledMapping } from '../mapping/types.ts';
import { displayName } from '../remote/names.ts';
import { stagedRow } from './stage.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

const PAGE = 500;

/** reopened → staged: rejected rows are mapped anew, as the mapping is today, from what was sent; no file is read. */
export async function restage(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, clock, signal } = ports;
  const { mapping } = feed;
  const { sources, positions } = columnsOf(arrival, mapping);
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await ledger.rowsToMap(arrival, after, PAGE);
    const last = page.at(-1);
    if (!last) break;
    after = last.line;
    const rows = page.map(({ line, fields }) => {
      const record = { line, fields: sources.map((source) => fields[source] ?? '') };
      return stagedRow(record, mapping, positions);
    });
    await ledger.mapRows(arrival, rows);
  }
  return ledger.restaged(arrival, feed.changedRows, clock.now());
}

/** A file may be older than its mapping; values must not be guessed into other columns. */
function columnsOf(arrival: Arrival, mapping: CompiledMapping): HeaderMatch {
  const file = displayName(arrival.name);
  try {
    return matchHeader(arrival.columns, mapping.header, () => ({ file, line: 1 }));
  } catch (cause) {
    if (!(cause instanceof TidegateError)) throw cause;
    throw new TidegateError(
      'MAPPING_INVALID',
      `the mapping does not read this file any more: ${cause.message}`,
      {
        subject: `${mapping.name}, arrival ${arrival.id}`,
        fix: 'Let the mapping read these columns until the rows are done.',
        cause,
      },
    );
  }
}
