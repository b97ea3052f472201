import { type Heartbeat, startHeartbeat } from '../alerts/heartbeat.ts';
import type { PolledReplies } from '../exchange/dispatch/poll.ts';
import type { ExportRun } from '../exchange/exports/types.ts';
import type { Polled } from '../exchange/inbound.ts';
import { pauseOf } from '../exchange/pause.ts';
import { type Job, type Schedule, startSchedule } from '../schedule/schedule.ts';
import { cronTimes, everyMinute } from '../schedule/times.ts';
import { termsOf } from './agreements.ts';
import type { App } from './app.ts';
import { scheduledJob } from './jobs.ts';
import type { Log } from './log.ts';
import { untilDone } from './try-again.ts';
import { looksWhenDue, watchPauses } from './watch.ts';

/** Listens for callbacks, polls every feed by its schedule and mails what is unsent, until the signal; then drains. */
export async function serve(app: App, signal: AbortSignal, log: Pick<Log, 'write'>): Promise<void> {
  let schedule: Schedule | null = null;
  // An address that is taken stops the start, before anything is polled.
  await app.listen((feed) => schedule?.now(feed.name));
  const looks = looksWhenDue(app.feeds, (feed) => schedule?.now(feed.name));
  const partnerOf = (feed: string): string | null => app.config.feeds[feed]?.partner ?? null;
  const watch = watchPauses(app.config.pauses.tellAfter, partnerOf, app);
  schedule = startSchedule(
    [
      ...polls(app),
      ...looks,
      ...archiving(app),
      ...exporting(app, signal),
      ...replying(app),
      watch,
      telling(app),
    ],
    app.clock,
  );
  const heartbeat = beatFor(app, log);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await heartbeat?.stop();
  app.drain();
  await schedule.stop();
}

const polls = (app: App): Job[] =>
  app.feeds.map((feed) => {
    const config = app.config.feeds[feed.name];
    if (!config) throw new Error(`feed ${feed.name} is not configured`);
    const run = async (): Promise<void> => {
      await app.poll(feed);
    };
    return scheduledJob(feed.name, config, app.config.calendars, run);
  });

const archiving = (app: App): Job[] =>
  app.archives.policies.map((policy) => {
    const { schedule, timeZone } = app.config.partners[policy.partner]?.archive ?? {};
    if (!schedule || !timeZone) throw new Error(`the archive of ${policy.partner} has no schedule`);
    const run = async (): Promise<void> => {
      const { partner } = policy;
      // A ledger that cannot be asked is told about by the run itself.
      const pause = await pauseOf({ partner }, app.ledger, app.clock.now()).catch(() => null);
      if (pause === null) await app.archives.run(policy);
    };
    return { name: `archive ${policy.partner}`, times: cronTimes(schedule, timeZone), catchUp: 'run', run };
  });

const exporting = (app: App, signal: AbortSignal): Job[] =>
  app.exports.plans.flatMap((plan) => {
    const config = app.config.exports[plan.name];
    if (!config?.schedule) return [];
    const schedule = { ...config, schedule: config.schedule };
    const run = (): Promise<void> => untilDone(() => app.exports.run(plan), job.times, app.clock, signal);
    const job = scheduledJob(`export ${plan.name}`, schedule, app.config.calendars, run);
    return [job];
  });

/** What could not be mailed is tried again every minute, since the next poll may be a day away. Nobody waits for it: a slow mail server must not hold up the end. */
const telling = (app: App): Job => ({
  name: 'tell',
  times: everyMinute,
  catchUp: 'run',
  run: async () => void app.tell(),
});

const replying = (app: App): Job[] => {
  const agreed = new Map(termsOf(app.config).map(({ name, answered }) => [name, answered]));
  return app.agreements.flatMap((agreement) => {
    const answered = agreed.get(agreement.name);
    if (!answered) return [];
    const run = async (): Promise<void> => {
      await app.pollReplies(agreement);
    };
    const times = cronTimes(answered.schedule, answered.timeZone);
    return [{ name: `replies ${agreement.name}`, times, catchUp: 'run' as const, run }];
  });
};

function beatFor(app: App, log: Pick<Log, 'write'>): Heartbeat | null {
  const { heartbeat } = app.config;
  if (!heartbeat) return null;
  return startHeartbeat({
    url: heartbeat.url.reveal(),
    everyMs: heartbeat.every,
    clock: app.clock,
    deadlineMs: heartbeat.deadline,
    isAlive: () => app.proveAlive(),
    onTrouble: (trouble) =>
      log.write({
        level: trouble === null ? 'info' : 'warn',
        fields: {},
        text: `sign of life ${trouble ?? 'taken again'}`,
      }),
  });
}

/** Polls every feed once, side by side; then looks once for replies to what they send. */
export async function pollOnce(
  app: App,
  feeds: readonly string[],
  options: { evenIfPaused: boolean },
): Promise<{ polls: Polled[]; replies: PolledReplies[] }> {
  const chosen = app.feeds.filter(({ name }) => feeds.length === 0 || feeds.includes(name));
  const polls = await Promise.all(chosen.map((feed) => app.poll(feed, options)));
  const awaited = app.agreements.filter(
    ({ feed }) => feeds.length === 0 || (feed !== null && feeds.includes(feed)),
  );
  const replies = await Promise.all(awaited.map((agreement) => app.pollReplies(agreement, options)));
  return { polls, replies };
}

/** Exports what is due, side by side. */
export const exportOnce = (app: App, options: { evenIfPaused: boolean }): Promise<ExportRun[]> =>
  Promise.all(app.exports.plans.map((plan) => app.exports.run(plan, options)));
