import type { Finding, Ledger, Reply } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import { exit } from './command.ts';
import type { Printer } from './print.ts';

/** The latest replies of each agreement, and what of them belongs to no file or fits none. */
export async function showReplies(
  agreements: readonly string[],
  limit: number,
  ledger: Ledger,
  printer: Printer,
  json: boolean | undefined,
): Promise<number> {
  const found = (
    await Promise.all(agreements.map((agreement) => ledger.replies({ agreement }, limit)))
  ).flat();
  const replies = await Promise.all(
    found.map(async (reply) => ({ ...reply, findings: await ledger.findings({ reply: reply.id }, limit) })),
  );
  if (json) printer.json(replies);
  else if (replies.length === 0) printer.line('No reply has come yet.');
  else print(replies, printer);
  return replies.some(({ state }) => state === 'refused') ? exit.attention : exit.done;
}

function print(replies: readonly (Reply & { findings: Finding[] })[], printer: Printer): void {
  printer.table(
    ['reply', 'file', 'for', 'came', 'rows', 'what of it'],
    replies.map(({ id, name, agreement, foundAt, rows, state, problem, findings }) => [
      id,
      displayName(name),
      agreement,
      new Date(foundAt).toISOString(),
      rows,
      [problem ? `refused: ${problem.message}` : state, ...findings.map(inWords)].join('\n'),
    ]),
  );
}

const inWords = ({ kind, line, match, verdict }: Finding): string =>
  `${kind}: line ${line} says ${verdict} of ${(JSON.parse(match) as string[]).join(', ')}`;
