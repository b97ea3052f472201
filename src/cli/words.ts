import { explain } from '../base/errors.ts';
import type { ExchangeEvent } from '../exchange/types.ts';
import type { Arrival } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';

/** One arrival in one line: what became of it. */
export function arrivalLine({
  id,
  name,
  state,
  round,
  counts,
  problem,
  repeatOf,
  settleAs,
}: Arrival): string {
  const { rows, accepted, rejected, duplicate, parked, pending } = counts;
  const parts = [
    `${accepted} accepted`,
    `${rejected} rejected`,
    `${duplicate} duplicate`,
    ...(parked > 0 ? [`${parked} parked`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
  ];
  const what = problem
    ? `refused: ${problem.message}`
    : repeatOf === null
      ? `${rows} rows: ${parts.join(', ')}`
      : `the same bytes as arrival ${repeatOf}; answered again, nothing sent`;
  const where = state === 'settled' && settleAs ? ` → ${settleAs}` : ` (${state})`;
  const again = round === 0 ? '' : `round ${round}, `;
  return `${id}  ${displayName(name)}  ${again}${what}${where}`;
}

/** What comes of a decision, and when. */
export const reopened = ({ id, round }: Arrival): string =>
  `It is written down. The next poll (\`tidegate run\` or \`tidegate once\`) goes on with arrival ${id} and tells the partner in supplement ${round}.`;

/** What a watching person should see of an event; `null` for what only the log needs. */
export function eventLine(event: ExchangeEvent): string | null {
  if (event.kind === 'step') return `  ${event.arrival.state.padEnd(13)} ${arrivalLine(event.arrival)}`;
  if (event.kind === 'notice') return `  notice        ${event.notice.subject}`;
  if (event.kind === 'waits') return `  waits         ${explain(event.error)}`;
  return null;
}
