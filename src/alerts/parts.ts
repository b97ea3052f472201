/**
 * What notices are composed of. Each says what happened, to which partner and file, what happens next and which command shows more. Pure.
 *
 * What lasts has a cause and no key: it is told when it begins, as a reminder, and when it is over. What happens once has a key.
 */
import { formatPlace, TidegateError } from '../base/errors.ts';
import type { Arrival } from '../ledger/port.ts';
import type { Fact } from './layout.ts';

export const show = ({ id }: Pick<Arrival, 'id'>): string => `tidegate show ${id}`;
export const hourOf = (now: number): string => new Date(now).toISOString().slice(0, 13);
export const codeOf = (error: unknown): string => (error instanceof TidegateError ? error.code : 'UNKNOWN');

export function errorFacts(error: unknown): Fact[] {
  // An error that is not ours may carry anything in its text: it stays in the log.
  if (!(error instanceof TidegateError)) return [['Reason', 'an unexpected error; the log has it']];
  return [
    ['Reason', `${error.code}: ${error.message}`],
    ['Where', error.place ? formatPlace(error.place) : (error.subject ?? '')],
    ['Expected', error.expected ?? ''],
    ['Fix', error.fix ?? ''],
  ];
}

export function nextOf(error: unknown): string {
  const helps = error instanceof TidegateError && error.retry !== 'never';
  if (helps)
    return 'It is tried again at the next poll and goes on where it stopped. Nothing is lost and nothing is done twice.';
  return 'It is tried again at every poll, but will hardly succeed until something is changed. Nothing is lost and nothing is done twice.';
}
