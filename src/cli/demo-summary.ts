import type { App } from '../app/app.ts';
import type { Rehearsal } from '../app/rehearsal.ts';
import type { AnswerRow, Arrival, Ledger } from '../ledger/port.ts';
import { displayName } from '../remote/names.ts';
import type { Printer } from './print.ts';
import { archiveLine, exportLine } from './words.ts';

const ERRORS_SHOWN = 3;

/**
 * Per file the counts, where the answer lies and the source went, which mail was sent, and the first errors in plain words; then what was brought out, what was archived, and
 * which troubles there were.
 */
export async function printSummary(
  app: App,
  { configFolder }: Rehearsal,
  folder: string,
  printer: Printer,
): Promise<void> {
  const arrivals = (await app.ledger.arrivals({ limit: 100 })).toReversed();
  printer.line('\nWhat happened\n');
  for (const arrival of arrivals) await printArrival(arrival, app.ledger, printer);
  await printOutbound(app, printer);
  await printArchives(app, printer);
  await printIncidents(app, printer);
  printer.line(
    `Everything lies under ${folder}/: partner/ and globex/ are the partners’ servers, mail/ has the mails, tidegate.log the log.`,
  );
  printer.line(`Go on with:  npx tidegate files -c ${configFolder}   npx tidegate show 2 -c ${configFolder}`);
}

async function printArrival(arrival: Arrival, ledger: Ledger, printer: Printer): Promise<void> {
  const { id, name, counts, problem, repeatOf, settleAs } = arrival;
  const { rows, accepted, rejected, duplicate, parked } = counts;
  printer.line(`${id}. ${displayName(name)}`);
  if (problem)
    printer.line(
      `   refused as a whole${problem.line === null ? '' : ` at line ${problem.line}`}: ${problem.message}. ${problem.fix}`,
    );
  else if (repeatOf !== null)
    printer.line(`   the same bytes as file ${repeatOf}: no call was made, the same answer was given`);
  else
    printer.line(
      `   ${rows} rows = ${accepted} accepted + ${rejected} rejected + ${duplicate} duplicate + ${parked} parked`,
    );
  for (const { kind, path } of await ledger.answers(id)) printer.line(`   ${kind}: ${path}`);
  printer.line(`   source: ${settleAs ?? arrival.state}`);
  for (const { subject, sentAt } of await ledger.notices(id))
    printer.line(`   mail${sentAt ? '' : ' (not sent)'}: ${subject}`);
  for (const row of await firstErrors(arrival, ledger)) printer.line(`   line ${row.line}: ${inWords(row)}`);
  printer.line();
}

async function printOutbound({ ledger }: App, printer: Printer): Promise<void> {
  printer.line('Brought out');
  for (const file of (await ledger.outboundFiles({ limit: 100 })).toReversed())
    printer.line(`   to ${file.partner}: ${exportLine(file)}`);
  printer.line();
}

async function printArchives({ archives, ledger }: App, printer: Printer): Promise<void> {
  printer.line('Archived');
  for (const { partner, local } of archives.policies) {
    for (const archive of await ledger.archives(partner)) {
      const files = await ledger.archivedFiles(archive.id);
      printer.line(`   ${archiveLine(archive, local)}: ${files.map(({ name }) => name).join(', ')}`);
    }
  }
  printer.line();
}

async function printIncidents({ ledger }: App, printer: Printer): Promise<void> {
  printer.line('Incidents');
  for (const { subject, openedAt, closedAt } of (await ledger.incidents('all', 100)).toReversed()) {
    const end = closedAt === null ? 'open' : `over after ${Math.ceil((closedAt - openedAt) / 1000)} s`;
    printer.line(`   ${subject}: ${end}`);
  }
  printer.line();
}

async function firstErrors(arrival: Arrival, ledger: Ledger): Promise<AnswerRow[]> {
  const rows = await ledger.answerRows(arrival.id, 0, 1000);
  return rows.filter(({ state }) => state === 'rejected' || state === 'parked').slice(0, ERRORS_SHOWN);
}

function inWords({ violations, code, message }: AnswerRow): string {
  const [first, ...more] = violations;
  if (!first) return `${code} ${message}`.trim();
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return `${first.column || 'row'}: expected ${first.rule}. ${first.fix}${others}`;
}
