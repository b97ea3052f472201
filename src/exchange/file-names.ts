/** Names at the edge: `<DataType>_<YYYYMMDD>[_<HHMMSS>].csv` in, `<DataType>Ack_<stamp>.csv` and its siblings out. Pure. */
import type { AnswerKind, Arrival } from '../ledger/port.ts';
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
  return choice === 1 ? `${stem}.csv` : `${stem}-${choice}.csv`;
}

/** Where a source may be filed when its own name is taken: the arrival's number makes it unique. */
export function numberedName(name: string, arrival: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}~${arrival}${name.slice(dot)}` : `${name}~${arrival}`;
}

export const joinPath = (folder: string, name: string): string => `${folder.replace(/\/+$/, '')}/${name}`;
