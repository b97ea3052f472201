/**
 * Rows that are worked on again though their mapping has lost their action since. They were answered before, so they get an outcome instead of holding up every
 * file behind them. In the first round they wait: somebody may put the action back before the partner is answered.
 */
import { rowCodes } from '../base/row-codes.ts';
import type { Claim, PendingRow, RowOutcome } from '../ledger/port.ts';
import type { CompiledMapping } from '../mapping/types.ts';
import { type DeliveryPorts, parked, rejected } from './outcome.ts';

const PAGE = 500;

export async function settleWithoutAction(
  claim: Claim,
  { actions }: Pick<CompiledMapping, 'actions'>,
  { ledger, clock, signal }: Pick<DeliveryPorts, 'ledger' | 'clock' | 'signal'>,
): Promise<void> {
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await ledger.pendingRows(claim, after, PAGE);
    const last = page.at(-1);
    if (!last) return;
    after = last.line;
    for (const row of page) {
      if (actions.has(row.action)) continue;
      await ledger.settleRow(claim, row.line, withoutAction(row), clock.now());
    }
  }
}

/** What became of an earlier call is not known, and without the action nobody can ask or send it again. */
function withoutAction({ action, wasInDoubt, overruled }: PendingRow): RowOutcome {
  const why = `the mapping has no action "${action}" any more`;
  if (wasInDoubt || overruled)
    return parked(`${why}, so that what became of an earlier call can be neither asked nor repeated`);
  return rejected(rowCodes.mappingChanged, `${why}; nothing was sent for this line again`);
}
