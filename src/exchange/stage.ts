import { hash } from 'node:crypto';
import { TidegateError } from '../base/errors.ts';
import { openCsv } from '../csv/reader.ts';
import type { CsvRecord } from '../csv/types.ts';
import type { Arrival, StagedRow } from '../ledger/port.ts';
import type { CompiledMapping, MappedRow } from '../mapping/types.ts';
import { displayName } from '../remote/names.ts';
import { bringFiles, type Files, noFiles, withFile } from './attachments.ts';
import { checkSource } from './checksum.ts';
import { type Brought, bringSource, DISK_BYTES_PER_BYTE, problemOf } from './fetch.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

const MOST_PARTS = 1000;

/** fetched → staged: every line is read and checked before any call; or the file is refused as a whole. */
export async function stage(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Arrival> {
  const { ledger, clock } = ports;
  const { mapping } = feed;
  const found = arrival.repeatOf === null ? await spooledSource(arrival, feed, ports) : kept;
  const checked =
    found.kind === 'kept' || found.kind === 'whole' ? await checkSource(arrival, feed, ports) : found;
  if (checked.kind === 'gone') {
    await ports.spool.discard(ports.spool.source(arrival.id));
    return ledger.withdrawn(arrival, checked.why, clock.now());
  }
  if (checked.kind === 'refused') return ledger.quarantined(arrival, checked.problem, mapping, clock.now());
  if (arrival.repeatOf !== null) return stageRepeat(arrival, arrival.repeatOf, ports);

  await ledger.discardRows(arrival);
  try {
    await unpackSource(arrival, feed, ports);
    const files = await bringFiles(arrival, await filesNamed(arrival, feed, ports), feed, ports);
    const csv = await openSource(arrival, feed, ports);
    const parts = new Set<string>();
    for await (const batch of csv.batches()) {
      const rows = batch.map((record) => stagedRow(record, mapping, csv.positions, files));
      countParts(rows, parts, displayName(arrival.name));
      await ledger.addRows(arrival, rows);
    }
    const staging = {
      mapping: mappingVersion(mapping),
      columns: csv.header,
      keyColumns: mapping.keyColumns,
      ackColumns: mapping.ackColumns,
    };
    return await ledger.staged(arrival, staging, clock.now(), feed.changedRows);
  } catch (error) {
    if (!isFileProblem(error)) throw error;
    return ledger.quarantined(arrival, problemOf(error), mapping, clock.now());
  }
}

/** Each part becomes a file on a server: a value that is another one in every row is no value to split by. */
function countParts(rows: readonly StagedRow[], parts: Set<string>, subject: string): void {
  for (const { line, plan } of rows) {
    for (const { file, split } of plan?.lines ?? []) parts.add(`${file}/${split}`);
    if (parts.size > MOST_PARTS)
      throw new TidegateError('FILE_TOO_MANY_PARTS', `the rows go into more than ${MOST_PARTS} files`, {
        place: { file: subject, line },
        expected: `at most ${MOST_PARTS} files of one source`,
        fix: 'Split by a value that many rows share.',
      });
  }
}

const openSource = (
  { id, name }: Arrival,
  { dialect, limits, mapping, unpacker }: InboundFeed,
  { spool, signal }: InboundPorts,
) =>
  openCsv(unpacker ? spool.content(id) : spool.source(id), {
    ...{ dialect, limits, contract: mapping.header, label: displayName(name), signal },
  });

/** Beside the packed source, which stays what the arrival is known by. */
async function unpackSource(
  { id, name }: Arrival,
  { unpacker, limits: { maxBytes } }: InboundFeed,
  { spool, room, signal }: InboundPorts,
): Promise<void> {
  if (!unpacker) return;
  const into = spool.content(id);
  await spool.discard(into);
  // How large it becomes is not known before.
  const onBytes = (): void => room.demand(0);
  const { bytes } = await unpacker.unpack(spool.source(id), into, displayName(name), {
    maxBytes,
    signal,
    onBytes,
  });
  room.demand(bytes * (DISK_BYTES_PER_BYTE - 1));
}

/** The whole file is read for them first: nothing is brought for one that is refused. */
async function filesNamed(arrival: Arrival, feed: InboundFeed, ports: InboundPorts): Promise<Set<string>> {
  const names = new Set<string>();
  if (feed.mapping.fileEndings.length === 0) return names;
  const csv = await openSource(arrival, feed, ports);
  for await (const batch of csv.batches())
    for (const { fields } of batch) {
      const { attachment } = feed.mapping.map(fields);
      if (attachment) names.add(attachment.name);
    }
  return names;
}

/** The same bytes came before: nothing is read or sent again; the answer is the earlier one. */
async function stageRepeat(
  arrival: Arrival,
  original: number,
  { ledger, clock }: InboundPorts,
): Promise<Arrival> {
  const earlier = await ledger.arrival(original);
  if (!earlier || !['acknowledged', 'settled'].includes(earlier.state)) {
    throw new TidegateError('ARRIVAL_WAITS', 'the same file is still being worked on', {
      subject: `arrival ${original}`,
      fix: `\`tidegate show ${original}\` says why that one is not done.`,
      retry: 'later',
      since: arrival.updatedAt,
    });
  }
  const { keyColumns, ackColumns, columns, mapping } = earlier;
  return ledger.staged(arrival, { mapping: mapping ?? '', columns, keyColumns, ackColumns }, clock.now());
}

const kept = { kind: 'kept' } as const;

/** Looks for the verified local copy, and fetches the file again when the spool lost it. */
async function spooledSource(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Brought | typeof kept> {
  const local = ports.spool.source(arrival.id);
  if (arrival.sha256 !== null && (await ports.spool.holds(local, arrival.sha256))) return kept;
  const brought = await bringSource(arrival, feed, ports);
  if (brought.kind !== 'whole' || brought.file.sha256 === arrival.sha256) return brought;
  await ports.spool.discard(local);
  return { kind: 'gone', why: 'it is no longer what was fetched' };
}

/** As the ledger keeps it. */
export const mappingVersion = ({ name, version }: CompiledMapping): string => `${name}@${version}`;

/**
 * @param positions where the columns of the file stand in the record; the row is kept as the file had it
 * @param files what rows name
 */
export function stagedRow(
  record: CsvRecord,
  mapping: CompiledMapping,
  positions: readonly number[],
  files: Files = noFiles,
): StagedRow {
  const mapped = mapping.map(record.fields);
  const { keys, action, orderKey } = mapped;
  const { plan, violations } = planned(mapped, files);
  const compiled = mapping.actions.get(action);
  return {
    line: record.line,
    keys,
    action,
    operation: compiled?.operation.id ?? '',
    orderKey,
    reference: (plan && compiled?.operation.reference(compiled.identity(plan))) ?? null,
    payload: plan ? hash('sha256', JSON.stringify(plan), 'base64') : '',
    fields: positions.map((position) => record.fields[position] ?? ''),
    violations,
    plan,
  };
}

function planned(
  { plan, attachment, violations }: MappedRow,
  files: Files,
): Pick<StagedRow, 'plan' | 'violations'> {
  if (!plan || !attachment) return { plan, violations };
  const whole = withFile(plan, attachment, files);
  return 'rule' in whole ? { plan: null, violations: [whole] } : { plan: whole, violations };
}

/** Codes that blame the file; anything else is ours and must not cost the partner a file. */
function isFileProblem(error: unknown): error is TidegateError {
  return error instanceof TidegateError && error.code.startsWith('FILE_');
}
