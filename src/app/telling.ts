/** Everything that tells people, beside the work: reminders and digests, the outbox, and what the ledger could not take. */
import { createOutbox } from '../alerts/outbox.ts';
import { createTeller } from '../alerts/teller.ts';
import { keepUnrecorded } from '../alerts/unrecorded.ts';
import type { Clock } from '../base/clock.ts';
import { explain } from '../base/errors.ts';
import { scrub } from '../base/scrub.ts';
import type { Config } from '../config/types.ts';
import { answerFile } from '../exchange/answer-file.ts';
import { raiseDigest } from '../exchange/digest.ts';
import { remind } from '../exchange/raise.ts';
import type { ExchangeEvent, InboundFeed } from '../exchange/types.ts';
import type { Ledger, Notice } from '../ledger/port.ts';
import { openAlerts } from './alerts.ts';
import type { Log } from './log.ts';

export interface Telling {
  /** Resolves when everything that is on record by now was tried. Never throws. */
  tell(): Promise<void>;
  /** Tells what the ledger could not take. */
  keep(notice: Notice): void;
  /** Waits for what is under way, for as long as one message may take; begins nothing new after that. */
  close(): Promise<void>;
}

export interface TellingPorts {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  feeds: readonly InboundFeed[];
  report(event: ExchangeEvent): void;
}

export function openTelling(config: Config, ports: TellingPorts): Telling {
  const { ledger, clock, log, feeds } = ports;
  const alerts = openAlerts(config);
  const ending = new AbortController();
  const unrecorded = keepUnrecorded((notice) => alerts.destinationsOf(notice), clock, log);
  const aside = createTeller(async () => {
    await unrecorded.flush(ending.signal);
  });
  const due = createTeller(async () => {
    try {
      await remind(alerts.reminders, ports);
      const day = alerts.digestDay(clock.now());
      if (day) await raiseDigest(day, ports);
    } catch (error) {
      const text = `nobody was reminded: ${scrub(explain(error))}`;
      log.write({ level: 'warn', fields: {}, text });
    }
  });
  const outbox = createOutbox({
    ...{ store: ledger, channels: alerts.channels, routing: alerts.routing, clock, log },
    isQuiet: (now) => alerts.isQuiet(now),
    fileOf: (path, arrival, mostBytes) => answerFile(path, arrival, mostBytes, feeds, ledger),
    signal: ending.signal,
  });
  const telling = new Set<Promise<unknown>>();
  const tell = (): Promise<void> => {
    const told = Promise.all([aside.tell(), due.tell().then(() => outbox.tell())]).then(() => undefined);
    telling.add(told);
    return told.finally(() => telling.delete(told));
  };
  return {
    tell,
    keep: (notice) => unrecorded.keep(notice),
    async close() {
      // Messages that are slow one by one would add up; what is left is told at the next start.
      const patience = setTimeout(() => ending.abort(), alerts.longestDeadlineMs);
      await Promise.all(telling);
      clearTimeout(patience);
      alerts.close();
    },
  };
}
