import { posix } from 'node:path';
import { type Agreed, agreementsOf } from '../../app/agreements.ts';
import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { type Standing, standing } from '../../exchange/dispatch/watch.ts';
import type { Dispatch, DispatchRow, Finding, Ledger, Reply } from '../../ledger/port.ts';
import { displayName } from '../../remote/names.ts';
import { count, define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';
import { showReplies } from '../replies.ts';
import { countsInWords } from '../words.ts';

const MOST_SHOWN = 1000;

interface Options {
  open?: boolean;
  replies?: boolean;
  limit: number;
}

export const dispatchesCommand = define<Options>({
  configure: (command) =>
    command
      .option('--open', 'only those with rows that have no word yet')
      .option('--replies', 'the replies instead, with what was odd about them')
      .option('-n, --limit <count>', 'how many files or replies, or rows that were not accepted', count, 20),
  run: ({ args, options, printer }) =>
    withLedger(options, async (ledger, config) => {
      const agreements = agreementsOf(config);
      const { limit, open = false, json } = options;
      if (options.replies) return showReplies([...agreements.keys()], limit, ledger, printer, json);
      if (args[0] !== undefined) {
        const known = await closely(Number(args[0]), limit, agreements, ledger);
        if (json) printer.json(known);
        else printOne(known, printer);
        return needsPerson([known]) ? exit.attention : exit.done;
      }
      const found = await ledger.dispatches({ open, limit: limit + 1 });
      const listed = found
        .slice(0, limit)
        .map((dispatch) => ({ ...dispatch, ...timing(dispatch, agreements) }));
      if (json) printer.json(listed);
      else printAll(listed, printer);
      if (!json && found.length > limit) printer.line('There are more: --limit shows them.');
      return needsPerson(listed) ? exit.attention : exit.done;
    }),
});

interface Listed extends Dispatch {
  /** `null` where the configuration says nothing of it any more. */
  standing: Standing | null;
  dueAt: number | null;
}

interface Known extends Listed {
  rows: DispatchRow[];
  repliesRead: Reply[];
  findings: Finding[];
}

const needsPerson = (listed: readonly Listed[]): boolean =>
  listed.some(({ standing: stands, counts }) => stands === 'overdue' || counts.rejected > 0);

function timing(
  dispatch: Dispatch,
  agreements: ReadonlyMap<string, Agreed>,
): Pick<Listed, 'standing' | 'dueAt'> {
  const agreement = agreements.get(dispatch.agreement);
  if (!agreement) return { standing: null, dueAt: null };
  const now = systemClock.now();
  return {
    standing: standing(dispatch, agreement, now),
    dueAt: agreement.dueAt(dispatch.file.endedAt ?? now),
  };
}

async function closely(
  outbound: number,
  limit: number,
  agreements: ReadonlyMap<string, Agreed>,
  ledger: Ledger,
): Promise<Known> {
  const dispatch = Number.isSafeInteger(outbound) ? await ledger.dispatch(outbound) : null;
  if (!dispatch)
    throw new TidegateError('NOT_FOUND', 'there is no such file that is answered', {
      expected: 'the number of an outbound file',
      fix: '`tidegate dispatches` lists them.',
    });
  return {
    ...dispatch,
    ...timing(dispatch, agreements),
    rows: await ledger.dispatchRows(outbound, 0, limit, ['awaited', 'rejected']),
    repliesRead: await ledger.replies({ outbound }, MOST_SHOWN),
    findings: await ledger.findings({ outbound }, limit),
  };
}

function printAll(listed: readonly Listed[], printer: Printer): void {
  if (listed.length === 0) {
    printer.line('No file was sent yet that is answered.');
    return;
  }
  printer.table(
    ['outbound', 'partner', 'file', 'sent', 'due', 'rows', 'accepted', 'rejected', 'awaited', 'stands'],
    listed.map(({ outbound, file, counts, standing: stands, dueAt }) => [
      outbound,
      file.partner,
      posix.basename(file.path),
      time(file.endedAt),
      time(dueAt),
      counts.rows,
      counts.accepted,
      counts.rejected,
      counts.awaited,
      stands ?? 'not expected any more',
    ]),
  );
}

function printOne(
  { outbound, file, counts, rows, repliesRead, findings, ...known }: Known,
  printer: Printer,
): void {
  printer.line(`outbound file ${outbound}: ${file.path} of ${file.partner}, sent ${time(file.endedAt)}`);
  printer.line(`stands: ${known.standing ?? 'not expected any more'}, due ${time(known.dueAt)}`);
  printer.line(`rows: ${countsInWords(counts)}`);
  for (const { id, name, state, rows: lines } of repliesRead.toReversed())
    printer.line(`reply ${id}: ${displayName(name)} (${state}, ${lines} rows)`);
  for (const { kind, reply, line, verdict } of findings)
    printer.line(`${kind}: line ${line} of reply ${reply} says ${verdict}`);
  if (rows.length === 0) return;
  printer.table(
    ['line', 'row', 'state', 'their id', 'reason', 'reply', 'line of it'],
    rows.map(({ line, match, state, theirId, reason, reply, replyLine }) => [
      line,
      (JSON.parse(match) as string[]).join(', '),
      state,
      theirId,
      reason,
      reply ?? '',
      replyLine ?? '',
    ]),
  );
}

const time = (at: number | null): string => (at === null ? '' : new Date(at).toISOString());
