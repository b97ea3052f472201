/** A whole year of unattended work: the service as it runs, with time that leaps from one thing to do to the next. */
import { rename } from 'node:fs/promises';
import type { App } from '../../src/app/app.ts';
import { serve } from '../../src/app/service.ts';
import { addDays, momentOf, wallOfDay } from '../../src/base/wall-clock.ts';
import type { ServoSandbox } from '../../src/sandbox/servo/server.ts';
import { type Calendar, isWorked } from '../../src/schedule/calendar.ts';
import type { Exchange } from '../support/exchange.ts';
import { plainOrders, startServoExchange } from '../support/servo.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const hour = 3_600_000;
export const timeZone = 'Europe/Berlin';
const calendar: Omit<Calendar, 'workingHours'> = {
  timeZone,
  weekend: ['saturday', 'sunday'],
  holidays: [
    ...['01-01', '05-01', '10-03', '12-25', '12-26'],
    ...['2024-03-29', '2024-04-01', '2024-05-09', '2024-05-20'],
  ],
};
export const rowsPerFile = 2;

/** What happens beside the daily file, in the partner's time. */
export const story = {
  // Over the night in which the clocks are put forward, and Easter Monday.
  serverGone: { from: '2024-03-30 12:00', to: '2024-04-02 12:00' },
  late: { day: '2024-05-14', at: '11:10' },
  targetDown: { from: '2024-06-17 05:00', to: '2024-06-18 12:30' },
  skipped: '2024-07-09',
  // Over the night in which they are put back.
  weGone: { from: '2024-10-26 09:00', to: '2024-10-29 09:00' },
} as const;

const at = (time: string): number => {
  const [day = '', clock = ''] = time.split(' ');
  return momentOf(wallOfDay(day) + Date.parse(`1970-01-01T${clock}Z`), timeZone);
};

export interface Year {
  exchange: Exchange;
  servo: ServoSandbox;
  /** Names of the files that the partner has sent. */
  sent: string[];
  stop(): Promise<void>;
}

/** From New Year's Eve until the year is archived, at the beginning of the second February. */
export async function passTheYear(end = '2025-02-03 00:00'): Promise<Year> {
  const clock = new SimulatedClock('2023-12-31T12:00:00Z');
  const started = await startServoExchange((config, rehearsal) => {
    config.calendars = { germany: calendar };
    const archive = { timeZone, schedule: '30 2 * * *' };
    config.partners.acme = { protocol: 'local', root: rehearsal.partnerRoot, archive };
    Object.assign(config.feeds['servo-orders'], {
      ...{ schedule: '0 6-20 * * *', timeZone, calendar: 'germany', stable: { for: '1ms' } },
      expects: { by: '08:00', warnBefore: '30m' },
    });
  }, clock);
  const sent: string[] = [];
  const year = { ...started, sent };
  const others = [sendDaily(year, clock), takeServerAway(year, clock), takeTargetDown(year, clock)];

  const first = startService(year, clock);
  await clock.passUntil(at(story.weGone.from));
  await first.stop();
  await clock.passUntil(at(story.weGone.to));
  await year.exchange.restart();
  const second = startService(year, clock);
  await clock.passUntil(at(end));
  await second.stop();
  await Promise.all(others);
  return year;
}

/** As `tidegate run`, until it is stopped. */
function startService({ exchange }: Year, clock: SimulatedClock): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const serving = serve(timed(exchange.app, clock), stopping.signal, { write: () => undefined });
  return {
    async stop() {
      stopping.abort();
      await clock.during(() => serving);
    },
  };
}

/** Time goes at its real pace while something is worked on. */
function timed(app: App, clock: SimulatedClock): App {
  let toldAt = 0;
  return {
    ...app,
    poll: (feed) =>
      clock.during(async () => {
        const polled = await app.poll(feed);
        await app.tell();
        return polled;
      }),
    archives: { ...app.archives, run: (policy) => clock.during(() => app.archives.run(policy)) },
    // Half a million looks for unsent mail would take most of the time.
    async tell() {
      if (clock.now() - toldAt < hour) return;
      toldAt = clock.now();
      await clock.during(app.tell);
    },
  };
}

/** The partner: a file at half past six on every day that is worked. */
async function sendDaily({ exchange, sent }: Year, clock: SimulatedClock): Promise<void> {
  const worked = { ...calendar, workingHours: { from: 0, to: 24 * hour } };
  const { from, to } = story.serverGone;
  for (let day = '2024-01-01'; day < '2025-01-01'; day = addDays(day, 1)) {
    if (!isWorked(day, worked) || day === story.skipped) continue;
    await until(at(`${day} ${day === story.late.day ? story.late.at : '06:30'}`), clock);
    if (clock.now() >= at(from) && clock.now() < at(to)) await until(at(to) + 1, clock);
    const name = `Orders_${day.replaceAll('-', '')}_063000.csv`;
    await clock.during(() => exchange.drop(name, plainOrders(rowsPerFile * sent.length, rowsPerFile)));
    sent.push(name);
  }
}

async function takeServerAway({ exchange }: Year, clock: SimulatedClock): Promise<void> {
  const { from, to } = story.serverGone;
  await until(at(from), clock);
  await clock.during(() => rename(exchange.root, `${exchange.root}.gone`));
  await until(at(to), clock);
  await clock.during(() => rename(`${exchange.root}.gone`, exchange.root));
}

async function takeTargetDown({ servo }: Year, clock: SimulatedClock): Promise<void> {
  const { from, to } = story.targetDown;
  await until(at(from), clock);
  servo.faults.next('Warranty/lookup', { kind: 'status', status: 503 }, 100_000);
  await until(at(to), clock);
  servo.faults.clear();
}

const until = (moment: number, clock: SimulatedClock): Promise<void> =>
  clock.sleep(Math.max(0, moment - clock.now()));
