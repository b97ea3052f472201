import { posix } from 'node:path';
import { csvPieces } from '../csv/writer.ts';
import type { Ledger } from '../ledger/port.ts';
import { answerTable } from './answer-table.ts';
import type { InboundFeed } from './types.ts';

/**
 * An answer as it was written to the partner under this path, built from the ledger; `null` when it is larger than that, its feed is gone, or answers are packed there:
 * what was agreed to be encrypted does not go by mail. It is not put on disk: nobody would clear it away.
 */
export async function answerFile(
  path: string,
  arrivalId: number,
  mostBytes: number,
  feeds: readonly InboundFeed[],
  ledger: Pick<Ledger, 'arrival' | 'answers' | 'answerRows'>,
): Promise<{ name: string; content: Buffer } | null> {
  const arrival = await ledger.arrival(arrivalId);
  const feed = feeds.find(({ name, partner }) => name === arrival?.feed && partner === arrival.partner);
  const answer = (await ledger.answers(arrivalId)).find((one) => one.path === path);
  if (!arrival || !feed || feed.answer.parcel || !answer) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const { bytes } of csvPieces(answerTable(answer, arrival, feed, ledger))) {
    size += bytes.length;
    if (size > mostBytes) return null;
    chunks.push(bytes);
  }
  return { name: posix.basename(path), content: Buffer.concat(chunks) };
}
