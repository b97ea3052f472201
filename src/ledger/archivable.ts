import { packedAsOf } from './outbound.ts';
import type { Archivable, Counts } from './port.ts';
import type { Db, OutboundRecord } from './schema.ts';

/** Sources that were filed and answers that were written, of arrivals with nothing left to do, and what was brought out by ourselves. */
export async function archivable(db: Db, partner: string, before: number): Promise<Archivable[]> {
  const sources = await db
    .selectFrom('arrivals')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.arrival', '=', 'arrivals.id').onRef('kept.path', '=', 'arrivals.settle_as'),
    )
    .select([
      'arrivals.id',
      'feed',
      'arrivals.name',
      'claimed_at',
      'settle_as as path',
      'size',
      'arrivals.sha256',
    ])
    .select([...counts])
    .where('partner', '=', partner)
    .where('arrivals.state', '=', 'settled')
    .where('updated_at', '<', before)
    .where('settle_as', 'is not', null)
    .where('kept.seq', 'is', null)
    .execute();
  const answers = await db
    .selectFrom('answers')
    .innerJoin('arrivals', 'arrivals.id', 'answers.arrival')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.arrival', '=', 'answers.arrival').onRef('kept.path', '=', 'answers.path'),
    )
    .select([
      'arrivals.id',
      'feed',
      'arrivals.name',
      'claimed_at',
      'answers.path',
      'answers.bytes as size',
      'answers.sha256',
      'answers.packing',
    ])
    .select([...counts])
    .where('partner', '=', partner)
    .where('arrivals.state', '=', 'settled')
    .where('updated_at', '<', before)
    .where('written_at', 'is not', null)
    .where('kept.seq', 'is', null)
    .execute();
  const attachments = await db
    .selectFrom('attachments')
    .innerJoin('arrivals', 'arrivals.id', 'attachments.arrival')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.arrival', '=', 'attachments.arrival').onRef('kept.path', '=', 'attachments.settle_as'),
    )
    .select(['arrivals.id', 'feed', 'arrivals.name', 'claimed_at', 'attachments.settle_as as path'])
    .select(['attachments.size', 'attachments.sha256'])
    .select([...counts])
    .where('partner', '=', partner)
    .where('arrivals.state', '=', 'settled')
    .where('updated_at', '<', before)
    .where('attachments.settle_as', 'is not', null)
    .where('kept.seq', 'is', null)
    .execute();
  const outbound = await db
    .selectFrom('outbound_files')
    .leftJoin('archived_files as kept', (join) =>
      join.onRef('kept.outbound', '=', 'outbound_files.id').onRef('kept.path', '=', 'outbound_files.path'),
    )
    .selectAll('outbound_files')
    .where('partner', '=', partner)
    .where('outbound_files.state', '=', 'sent')
    .where('ended_at', '<', before)
    .where('kept.seq', 'is', null)
    // Who answers a file takes it, and files it away himself.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('dispatches')
            .select('dispatches.outbound')
            .whereRef('dispatches.outbound', '=', 'outbound_files.id'),
        ),
      ),
    )
    .orderBy('outbound_files.id')
    .execute();
  const files = [
    ...attachments.map(toArchivable('attachment')),
    ...sources.map(toArchivable('source')),
    ...answers.map(toArchivable('answer')),
  ];
  return [
    ...files.toSorted(
      (one, other) => (one.arrival ?? 0) - (other.arrival ?? 0) || compare(one.path, other.path),
    ),
    ...outbound.map(fromOutbound),
  ];
}

const counts = ['rows', 'pending', 'accepted', 'rejected', 'duplicate', 'parked'] as const;
const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

interface FoundFile extends Counts {
  id: number;
  feed: string;
  name: string;
  claimed_at: number;
  path: string | null;
  size: number | null;
  sha256: string | null;
  packing?: string | null;
}

const toArchivable =
  (kind: Archivable['kind']) =>
  ({ id, feed, name, claimed_at, path, size, sha256, packing = null, ...of }: FoundFile): Archivable => ({
    ...{ arrival: id, outbound: null, feed, arrivalName: name, arrivedAt: claimed_at, kind, sha256 },
    ...{ window: null, packing: packedAsOf({ packing }) },
    ...{ path: path ?? '', bytes: size ?? 0, counts: of },
  });

function fromOutbound(record: OutboundRecord): Archivable {
  const { id, name, path, rows, ended_at, window_from: from, window_to: to } = record;
  const packing = packedAsOf(record);
  const lies = path.slice(path.lastIndexOf('/') + 1);
  return {
    ...{ arrival: null, outbound: id, feed: name, arrivedAt: ended_at ?? 0, kind: 'outbound', path },
    arrivalName: packing ? lies.slice(0, lies.length - packing.suffix.length) : lies,
    bytes: record.packed_bytes ?? record.bytes ?? 0,
    sha256: record.packed_sha256 ?? record.sha256,
    packing,
    window: from === null || to === null ? null : { from, to },
    counts: { rows: rows ?? 0, pending: 0, accepted: 0, rejected: 0, duplicate: 0, parked: 0 },
  };
}
