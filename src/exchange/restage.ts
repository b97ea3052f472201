import { TidegateError } from '../base/errors.ts';
import { rowCodes } from '../base/row-codes.ts';
import { type HeaderMatch, matchHeader } from '../csv/header.ts';
import type { Arrival } from '../ledger/port.ts';
import type { CompiledMapping, Violation } from '../mapping/types.ts';
import { displayName } from '../remote/names.ts';
import { bringFiles } from './attachments.ts';
import { mappingVersion, stagedRow } from './stage.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

const PAGE = 500;

/** reopened → staged: rejected rows are mapped anew, as the mapping is today, from what was sent; no file is read. */
export async function restage(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, clock, signal } = ports;
  const { mapping } = feed;
  const columns = columnsOf(arrival, mapping);
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await ledger.rowsToMap(arrival, after, PAGE);
    const last = page.at(-1);
    if (!last) break;
    after = last.line;
    if ('refusal' in columns) {
      const lines = page.map(({ line }) => line);
      await ledger.refuseRows(arrival, lines, rowCodes.mappingChanged, columns.refusal);
      continue;
    }
    const { sources, positions } = columns;
    const records = page.map(({ line, fields }) => ({
      ...{ line, fields: sources.map((source) => fields[source] ?? '') },
    }));
    const named = records.flatMap(({ fields }) => mapping.map(fields).attachment?.name ?? []);
    const files = await bringFiles(arrival, new Set(named), feed, ports);
    const rows = records.map((record) => stagedRow(record, mapping, positions, files));
    await ledger.mapRows(arrival, rows);
  }
  return ledger.restaged(arrival, mappingVersion(mapping), feed.changedRows, clock.now());
}

/**
 * A file may be older than its mapping; values must not be guessed into other columns. Its rows are rejected then rather than kept waiting: they were answered before, and
 * would hold up every file behind them until somebody brings the old columns back.
 */
function columnsOf(arrival: Arrival, mapping: CompiledMapping): HeaderMatch | { refusal: Violation } {
  const file = displayName(arrival.name);
  try {
    return matchHeader(arrival.columns, mapping.header, () => ({ file, line: 1 }));
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    return {
      refusal: {
        column: '',
        rule: `a line that is worked on again must have the columns that are agreed today; ${error.message}`,
        value: '',
        fix: 'Send what is still wanted in a new file with these columns.',
      },
    };
  }
}
