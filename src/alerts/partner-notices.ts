/**
 * What the partner is told about their own files, in words for them: what was wrong and what to do. Nothing of how things are done here, and no value of a row. Pure.
 */
import { posix } from 'node:path';
import type { Notice, Words } from '../ledger/port.ts';
import { type NotedArrival, type RowTrouble, troubleLines, type Whereabouts } from './arrival-notices.ts';
import { layOutFor, plural, utc } from './layout.ts';
import { oneLine } from './text.ts';

export type ForPartner = Words;

/** The same event in words for the partner. It is news there: what follows from it is in their hands. */
export const forPartner = (own: Notice, words: ForPartner): Notice => ({
  ...{ kind: own.kind, partner: own.partner, feed: own.feed, arrival: own.arrival, ...words },
  ...{ key: `${own.key ?? own.cause}:partner`, cause: null, audience: 'partner' },
});

/** The file was refused as a whole. */
export function refusedForPartner(arrival: NotedArrival, { answers }: Whereabouts): ForPartner {
  const { name, problem, claimedAt } = arrival;
  const place = problem?.line == null ? '' : `line ${problem.line}`;
  return {
    subject: oneLine(`Your file ${name} was refused`),
    body: layOutFor({
      happened: `Your file ${name} could not be taken. None of its lines was processed.`,
      facts: [
        ['File', name],
        ['Received', utc(claimedAt)],
        ['Reason', problem?.message ?? ''],
        ['Place', place],
        ['Expected', problem?.expected ?? ''],
        ['Fix', problem?.fix ?? ''],
      ],
      next: ['Correct the file and send it again as a whole.', ...answered(answers)],
    }),
  };
}

/** Some of its rows were rejected. */
export function rejectedForPartner(
  arrival: NotedArrival,
  troubles: readonly RowTrouble[],
  { answers }: Whereabouts,
): ForPartner {
  const { name, claimedAt, counts } = arrival;
  const { rejected, rows } = counts;
  return {
    subject: oneLine(`Your file ${name}: ${plural(rejected, 'line')} of ${rows} rejected`),
    body: layOutFor({
      happened: `${plural(rejected, 'line')} of your file ${name} ${rejected === 1 ? 'was' : 'were'} rejected.`,
      facts: [
        ['File', name],
        ['Received', utc(claimedAt)],
      ],
      list: { title: 'The first of them', items: troubleLines(troubles) },
      next: ['Correct these lines and send only them again, in a file of their own.', ...answered(answers)],
    }),
  };
}

const answered = (answers: readonly string[]): string[] =>
  answers.length === 0
    ? []
    : [`The details lie in your folder: ${answers.map((path) => posix.basename(path)).join(', ')}.`];
