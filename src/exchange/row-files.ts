/** Outbound files of an arrival: the rows that were accepted go into them, and none of these rows counts as done before its files lie complete. */
import { TidegateError } from '../base/errors.ts';
import { type CsvWritten, writeCsv } from '../csv/writer.ts';
import type { Arrival, Ledger, LineGroup, Pause, RowFile } from '../ledger/port.ts';
import type { FileCells } from '../mapping/types.ts';
import { noteDispatch } from './dispatch/note.ts';
import { joinPath } from './file-names.ts';
import { planOutbound, sendOutbound } from './outbound/send.ts';
import type { InboundFeed, InboundPorts, RowFileSpec } from './types.ts';

const PAGE = 1000;

/**
 * In a round that is delivered: plans a file for each kind and split value that rows of it go into, and brings all that are not sent. A later round has files of its own; what was
 * sent is never touched.
 */
export async function bringRowFiles(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<void> {
  const { ledger } = ports;
  const held: Pause[] = [];
  const rests = async (file: string): Promise<boolean> => {
    const pause = await ports.pause(specOf(file, feed).partner);
    if (pause) held.push(pause);
    return pause !== null;
  };
  for (const group of await ledger.linesToPlan(arrival.id))
    if (!(await rests(group.file))) await planFile(group, arrival, feed, ports);
  for (const file of await ledger.rowFiles(arrival.id))
    if (file.state === 'sent' || !(await rests(file.file))) await bring(file, arrival, feed, ports);
  const [pause] = held;
  if (pause) throw paused(pause);
}

const paused = ({ name }: Pause): TidegateError =>
  new TidegateError('PARTNER_PAUSED', `a file is to be brought to ${name}, who is paused`, {
    subject: `partner ${name}`,
    fix: `It goes on when the pause has ended; \`tidegate resume partner:${name}\` ends it.`,
    retry: 'later',
  });

async function planFile(
  { file, split }: LineGroup,
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<void> {
  const spec = specOf(file, feed);
  const layout = feed.mapping.files.get(file);
  if (!layout) throw gone(file, feed, 'the mapping');
  const wanted = {
    ...{ partner: spec.partner, origin: 'rows' as const, name: feed.name, arrival: arrival.id },
    key: [arrival.id, arrival.round, file, split].join('/'),
    path: joinPath(spec.folder, rowFileName(spec, arrival, split, feed)),
    ...{ window: null, covers: false },
  };
  const planned = await planOutbound(wanted, spec.parcel, at(spec, ports)).catch((error: unknown) => {
    throw notBrought(spec, error);
  });
  const { dialect, header: headerLine } = spec;
  const { columns } = layout;
  await ports.ledger.planLines(arrival, {
    ...{ outbound: planned.id, file, split },
    layout: { columns, headerLine, dialect },
  });
}

/** The name that the file has unless that is taken. */
export function rowFileName(
  spec: RowFileSpec,
  { name, id }: Pick<Arrival, 'name' | 'id'>,
  split: string,
  feed: InboundFeed,
): string {
  return spec.nameFor(stampOf({ name, id }, feed), split);
}

const stampOf = ({ name, id }: Pick<Arrival, 'name' | 'id'>, feed: InboundFeed): string =>
  feed.parseName(name)?.stamp ?? `arrival-${id}`;

/** Takes over what an earlier process left, and goes on from there; nothing is left to do for what was sent. */
async function bring(file: RowFile, arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<void> {
  const { ledger, owner, clock } = ports;
  const spec = specOf(file.file, feed);
  const { partner, origin, name, key, path, window, covers, packing } = file;
  const again = { partner, origin, name, key, arrival: arrival.id, path, window, covers, packing };
  const planned = await ledger.planOutbound(again, owner, clock.now());
  const write = async (draft: string): Promise<CsvWritten> => {
    const written = await writeRowFile(draft, file, ledger);
    const sent = { claim: planned, stamp: stampOf(arrival, feed), split: file.split };
    if (spec.agreement) await noteDispatch(sent, spec.agreement, sentLines(file, ledger), ports);
    return written;
  };
  await sendOutbound(planned, { write, parcel: spec.parcel }, at(spec, ports)).catch((error: unknown) => {
    throw notBrought(spec, error);
  });
}

/** The trouble is with another server than that of the partner whose file waits. */
function notBrought({ partner }: RowFileSpec, cause: unknown): unknown {
  if (!(cause instanceof TidegateError) || !cause.code.startsWith('REMOTE_')) return cause;
  const { code, message, retry, subject, expected, fix } = cause;
  return new TidegateError(code, `a file for ${partner} could not be brought: ${message}`, {
    ...{ retry, cause, partner },
    ...(subject !== undefined && { subject }),
    ...(expected !== undefined && { expected }),
    ...(fix !== undefined && { fix }),
  });
}

/** From the ledger alone, byte for byte the same every time. */
export const writeRowFile = (
  draft: string,
  file: RowFile,
  ledger: Pick<Ledger, 'fileLines'>,
): Promise<CsvWritten> =>
  writeCsv(draft, {
    ...{ dialect: file.layout.dialect, header: file.layout.columns, headerLine: file.layout.headerLine },
    rows: contentOf(file, ledger),
  });

async function* contentOf(
  file: RowFile,
  ledger: Pick<Ledger, 'fileLines'>,
): AsyncGenerator<readonly string[]> {
  const { columns } = file.layout;
  for await (const cells of cellsOf(file, ledger)) yield columns.map((column) => cells[column] ?? '');
}

/** With the line of the sent file that each begins on: values may hold line breaks. */
async function* sentLines(
  file: RowFile,
  ledger: Pick<Ledger, 'fileLines'>,
): AsyncGenerator<{ line: number; cells: FileCells }> {
  let line = file.layout.headerLine ? 2 : 1;
  for await (const cells of cellsOf(file, ledger)) {
    yield { line, cells };
    line += 1 + Object.values(cells).reduce((breaks, text) => breaks + text.split('\n').length - 1, 0);
  }
}

async function* cellsOf({ id }: RowFile, ledger: Pick<Ledger, 'fileLines'>): AsyncGenerator<FileCells> {
  for (let after = 0; ; ) {
    const page = await ledger.fileLines(id, after, PAGE);
    for (const { cells } of page) yield cells;
    const last = page.at(-1);
    if (!last) return;
    after = last.line;
  }
}

const at = ({ partner }: RowFileSpec, ports: InboundPorts): InboundPorts => ({
  ...ports,
  remote: ports.remoteOf(partner),
});

function specOf(file: string, feed: InboundFeed): RowFileSpec {
  const spec = feed.files.get(file);
  if (spec) return spec;
  throw gone(file, feed, 'the feed');
}

/** A file may wait in the ledger while configuration and mapping change; where it goes must not be guessed. */
const gone = (file: string, feed: InboundFeed, where: string): TidegateError =>
  new TidegateError('MAPPING_INVALID', `${where} has no file "${file}" any more`, {
    subject: `feed ${feed.name}`,
    fix: 'Put it back until this file is done.',
    retry: 'later',
  });
