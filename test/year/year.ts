/** A whole year of unattended work: the service as it runs, with time that leaps from one thing to do to the next. */
import type { App } from '../../src/app/app.ts';
import { serve } from '../../src/app/service.ts';
import { wallAt } from '../../src/base/wall-clock.ts';
import type { CaughtMail } from '../../src/sandbox/mail-catcher.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { type Installation, startInstallation } from './installation.ts';
import { startMailServer } from './mail-server.ts';
import { goOn, type World } from './others.ts';
import { at, hour, story, timeZone } from './story.ts';

const minute = 60_000;
const hourAt = (moment: number): number => new Date(wallAt(moment, timeZone)).getUTCHours();

export interface Told extends Pick<CaughtMail, 'subject' | 'text' | 'messageId' | 'recipients'> {
  /** When people had it. */
  at: number;
}

export interface Year extends Pick<World, 'sent' | 'sold' | 'answered'>, Installation {
  /** Every mail, in order. */
  told: readonly Told[];
}

/** From New Year's Eve until the year is archived, at the beginning of the second February. */
export async function passTheYear(): Promise<Year> {
  const clock = new SimulatedClock(new Date(at(story.begins)).toISOString());
  const mail = await startMailServer();
  const installation = await startInstallation(clock, mail);
  const world: World = { installation, clock, mail, sent: [], sold: [], answered: [] };
  const told: Told[] = [];
  const everybody = goOn(world);

  const first = startService(world, told);
  await clock.passUntil(at(story.weGone.from));
  await first.stop();
  await clock.passUntil(at(story.weGone.to));
  await installation.exchange.restart();
  const second = startService(world, told);
  await clock.passUntil(at(story.ends));
  await second.stop();
  await everybody;
  const { sent, sold, answered } = world;
  const stop = async () => {
    await installation.stop();
    await mail.close();
  };
  return { ...installation, sent, sold, answered, told, stop };
}

/** As `tidegate run`, until it is stopped. */
function startService(world: World, told: Told[]): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const serving = serve(timed(world, told), stopping.signal, { write: () => undefined });
  return {
    async stop() {
      stopping.abort();
      await world.clock.during(() => serving);
    },
  };
}

/** Time goes at its real pace while something is worked on, until people are told of it. */
function timed({ installation, clock, mail }: World, told: Told[]): App {
  const { app } = installation.exchange;
  let isQuiet = false;
  const tell = async (): Promise<void> => {
    await app.tell();
    for (const { subject, text, messageId, recipients } of mail.messages().slice(told.length))
      told.push({ at: clock.now(), subject, text, messageId, recipients });
    const open = await app.ledger.incidents('open', 1);
    isQuiet = open.length === 0 && (await app.ledger.unsentNotices(1)).length === 0;
  };
  const andTell = <Result>(work: () => Promise<Result>): Promise<Result> =>
    clock.during(async () => {
      const done = await work();
      await tell();
      return done;
    });
  return {
    ...app,
    poll: (feed, options) => andTell(() => app.poll(feed, options)),
    pollReplies: (agreement, options) => andTell(() => app.pollReplies(agreement, options)),
    archives: { ...app.archives, run: (policy) => andTell(() => app.archives.run(policy)) },
    exports: { ...app.exports, run: (plan, options) => andTell(() => app.exports.run(plan, options)) },
    // Half a million looks would take most of the time: where nothing is open, only the digest is due by itself.
    async tell() {
      const isFullHour = clock.now() % hour < minute;
      if (!isQuiet || (isFullHour && [2, 3].includes(hourAt(clock.now())))) await clock.during(tell);
    },
  };
}
