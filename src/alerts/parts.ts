/**
 * What notices are composed of. Each says what happened, to which partner and file, what happens next and which command shows more. Pure.
 *
 * Keys name the cause, so that it is told once. What can go on for long has the hour in its key: a person is reminded every hour at most.
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
