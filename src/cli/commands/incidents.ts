import { lasted, utc } from '../../alerts/layout.ts';
import { systemClock } from '../../base/clock.ts';
import { severityOf } from '../../base/notice-kinds.ts';
import type { Incident, Ledger, NoticeMessage } from '../../ledger/port.ts';
import { count, define, exit } from '../command.ts';
import { withLedger } from '../context.ts';
import type { Printer } from '../print.ts';

export const incidentsCommand = define<{ all?: boolean; limit: number }>({
  configure: (command) =>
    command
      .option('--all', 'those that are over too, newest first')
      .option('-n, --limit <count>', 'how many', count, 50),
  run: ({ options, printer }) =>
    withLedger(options, async (ledger) => {
      const found = await ledger.incidents(options.all ? 'all' : 'open', options.limit);
      const shown = await Promise.all(found.map((incident) => withTold(incident, ledger)));
      if (options.json) printer.json(shown);
      else if (shown.length === 0)
        printer.line(options.all ? 'There was no incident yet.' : 'No incident is open.');
      else print(shown, printer);
      return shown.some(({ closedAt }) => closedAt === null) ? exit.attention : exit.done;
    }),
});

type Told = Incident & {
  severity: ReturnType<typeof severityOf>;
  /** Who has got something about it, by channel. */
  told: { channel: string; to: readonly string[]; messages: number }[];
};

async function withTold(incident: Incident, ledger: Ledger): Promise<Told> {
  const notices = await ledger.incidentNotices(incident.id);
  const sent = notices.flatMap(({ messages }) => messages.filter(({ sentAt }) => sentAt !== null));
  const byPlace = Map.groupBy(sent, ({ channel, to }) => JSON.stringify([channel, to]));
  const told = [...byPlace.values()].flatMap(placeOf);
  return { ...incident, severity: severityOf(incident.kind), told };
}

function placeOf(messages: readonly NoticeMessage[]): Told['told'] {
  const [first] = messages;
  return first ? [{ channel: first.channel, to: first.to, messages: messages.length }] : [];
}

function print(incidents: readonly Told[], printer: Printer): void {
  const now = systemClock.now();
  printer.table(
    ['incident', 'severity', 'what', 'since', 'lasts', 'noticed', 'told'],
    incidents.map(({ id, severity, subject, openedAt, closedAt, times, told }) => [
      id,
      severity,
      subject,
      utc(openedAt),
      closedAt === null ? lasted(now - openedAt) : `over after ${lasted(closedAt - openedAt)}`,
      times,
      told.map(({ channel, to, messages }) => `${[channel, ...to].join(' ')} (${messages})`).join('\n') ||
        'nobody yet',
    ]),
  );
}
