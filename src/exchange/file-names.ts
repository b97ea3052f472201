/** Names at the edge: `<DataType>_<YYYYMMDD>[_<HHMMSS>].csv` in, `<DataType>Ack_<stamp>.csv`, its siblings and supplements out. Pure. */
import type { AnswerKind, Arrival, PlannedAnswer } from '../ledger/port.ts';
import type { FileName, InboundFeed } from './types.ts';

const suffixes: Record<AnswerKind, string> = {
  acknowledgement: 'Ack',
  success: 'AckSuccess',
  failure: 'AckFailure',
  rejects: 'Rejects',
};

/** Recognises the files of a data type; groups `dataType`, `date` and, when there is one, `time`. */
export function namePattern(dataType: string): RegExp {
  const escaped = dataType.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^(?<dataType>${escaped})_(?<date>\\d{8})(?:_(?<time>\\d{6}))?\\.csv$`, 'i');
}

export function parseName(name: string, pattern: RegExp, dataType: string): FileName | null {
  const groups = pattern.exec(name)?.groups;
  if (!groups) return null;
  const stamp = [groups['date'], groups['time']].filter(Boolean).join('_');
  return { dataType: groups['dataType'] ?? dataType, stamp: stamp || name.replace(/\.[^.]*$/, '') };
}

/** The n-th choice for the name of an answer (from 1): later ones are taken when an earlier file has the name. */
export function answerName(feed: InboundFeed, arrival: Arrival, kind: AnswerKind, choice: number): string {
  const source = feed.parseName(arrival.name);
  const stem = `${source?.dataType ?? feed.dataType}${suffixes[kind]}_${source?.stamp ?? `arrival-${arrival.id}`}`;
  return (choice === 1 ? `${stem}.csv` : `${stem}-${choice}.csv`) + suffixOf(feed);
}

/** What packing adds. */
const suffixOf = ({ answer: { parcel } }: InboundFeed): string => parcel?.packer.suffix ?? '';

/**
 * The n-th choice for the name of a supplement: the name of the arrival's first answer with the number of the round, so that the two are found side by side, also where an
 * earlier file took the plain name. Two digits, so that names sort in the order of the rounds.
 */
export function supplementName(
  feed: InboundFeed,
  arrival: Arrival,
  { kind, round }: Pick<PlannedAnswer, 'kind' | 'round'>,
  first: PlannedAnswer,
  choice: number,
): string {
  const dataType = feed.parseName(arrival.name)?.dataType ?? feed.dataType;
  const firstName = first.path.slice(first.path.lastIndexOf('/') + 1);
  const prefix = `${dataType}${suffixes[first.kind]}`;
  // Should the data type have been renamed since, the first answer has another beginning.
  const plain = answerName(feed, arrival, kind, 1);
  const sibling = firstName.startsWith(prefix)
    ? `${dataType}${suffixes[kind]}${firstName.slice(prefix.length)}`
    : plain;
  const stem = `${sibling.replace(/\.csv[.a-z]*$/, '')}_S${String(round).padStart(2, '0')}`;
  return (choice === 1 ? `${stem}.csv` : `${stem}-${choice}.csv`) + suffixOf(feed);
}

/** Fills in a name such as `{dataType}-{split}_{stamp}.csv`. */
export const outboundName = (pattern: string, values: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');

/** Where a source may be filed when its own name is taken: the arrival's number makes it unique. */
export function numberedName(name: string, arrival: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}~${arrival}${name.slice(dot)}` : `${name}~${arrival}`;
}

export const joinPath = (folder: string, name: string): string => `${folder.replace(/\/+$/, '')}/${name}`;
