import { closedByPerson } from '../../alerts/incident-notices.ts';
import { lasted, utc } from '../../alerts/layout.ts';
import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { severityOf } from '../../base/notice-kinds.ts';
import type { Incident, Ledger, NoticeMessage } from '../../ledger/port.ts';
import { type Call, count, define, exit } from '../command.ts';
import { deciding, withLedger, withLedgerToWrite } from '../context.ts';
import type { Printer } from '../print.ts';

/** More are never open: there is one of a cause. */
const MOST_OPEN = 100_000;

interface Options {
  all?: boolean;
  close?: number;
  because?: string;
  limit: number;
}

export const incidentsCommand = define<Options>({
  configure: (command) =>
    command
      .option('--all', 'those that are over too, newest first')
      .option('--close <incident>', 'it is over, by your word; whoever was told of it is told', count)
      .option('--because <text>', 'with --close: why; told to them and kept on record')
      .option('-n, --limit <count>', 'how many', count, 50),
  run(call) {
    const { options, printer } = call;
    if (options.close !== undefined) return close(options.close, call);
    return withLedger(options, async (ledger) => {
      const found = await ledger.incidents(options.all ? 'all' : 'open', options.limit);
      const shown = await Promise.all(found.map((incident) => withTold(incident, ledger)));
      if (options.json) printer.json(shown);
      else if (shown.length === 0)
        printer.line(options.all ? 'There was no incident yet.' : 'No incident is open.');
      else print(shown, printer);
      return shown.some(({ closedAt }) => closedAt === null) ? exit.attention : exit.done;
    });
  },
});

/** For what cannot end by itself: the thing is gone from the configuration, or somebody has confirmed by telephone. */
async function close(id: number, { options, printer }: Call<Options>): Promise<number> {
  const reason = deciding({ because: options.because ?? '' });
  return withLedgerToWrite(options, async (ledger) => {
    const incident = (await ledger.incidents('open', MOST_OPEN)).find((one) => one.id === id);
    if (!incident)
      throw new TidegateError('NOT_FOUND', `no open incident has the number ${id}`, {
        fix: '`tidegate incidents` lists them.',
      });
    const now = systemClock.now();
    await ledger.over({ cause: incident.cause }, now, (one) => closedByPerson(one, reason, now));
    if (options.json) printer.json({ closed: incident });
    else printer.line(`Closed: ${incident.subject}. The service tells whoever was told of it.`);
    return exit.done;
  });
}

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
