import { matchHeader } from '../csv/header.ts';
import type { Arrival } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import { stagedRow } from './stage.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

const PAGE = 500;

/** reopened → staged: rejected rows are mapped anew, as the mapping is today, from what was sent; no file is read. */
export async function restage(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, clock, signal } = ports;
  const { mapping } = feed;
  const label = displayName(arrival.name);
  const { sources, positions } = matchHeader(arrival.columns, mapping.header, () => ({
    file: label,
    line: 1,
  }));
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
