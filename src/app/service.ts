import { type Heartbeat, startHeartbeat } from '../alerts/heartbeat.ts';
import type { Polled } from '../exchange/inbound.ts';
import { type Schedule, startSchedule } from '../schedule/cron.ts';
import type { App } from './app.ts';
import type { Log } from './log.ts';

/** What could not be mailed is tried again so often, since the next poll may be a day away. */
const TELL_EVERY_MS = 60_000;

/** Listens for callbacks, polls every feed by its schedule and mails what is unsent, until the signal; then drains. */
export async function serve(app: App, signal: AbortSignal, log: Pick<Log, 'write'>): Promise<void> {
  let schedule: Schedule | null = null;
  // An address that is taken stops the start, before anything is polled.
  await app.listen((feed) => schedule?.now(feed.name));
  const jobs = app.feeds.map((feed) => {
    const { schedule, timeZone } = app.config.feeds[feed.name] ?? {};
    if (!schedule || !timeZone) throw new Error(`feed ${feed.name} has no schedule`);
    const run = async (): Promise<void> => {
      await app.poll(feed);
    };
    return { name: feed.name, cron: schedule, timeZone, run };
  });
  const archiving = app.archives.policies.map((policy) => {
    const { schedule, timeZone } = app.config.partners[policy.partner]?.archive ?? {};
    if (!schedule || !timeZone) throw new Error(`the archive of ${policy.partner} has no schedule`);
    const run = async (): Promise<void> => {
      await app.archives.run(policy);
    };
    return { name: `archive ${policy.partner}`, cron: schedule, timeZone, run };
  });
  schedule = startSchedule([...jobs, ...archiving]);
  const telling = setInterval(() => void app.tell(), TELL_EVERY_MS);
  void app.tell();
  const heartbeat = beatFor(app, log);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(telling);
  await heartbeat?.stop();
  app.drain();
  await schedule.stop();
}

function beatFor(app: App, log: Pick<Log, 'write'>): Heartbeat | null {
  const { heartbeat } = app.config;
  if (!heartbeat) return null;
  return startHeartbeat({
    url: heartbeat.url.reveal(),
    everyMs: heartbeat.every,
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

/** Polls every feed once, side by side. */
export async function pollOnce(app: App, feeds: readonly string[]): Promise<Polled[]> {
  const chosen = app.feeds.filter(({ name }) => feeds.length === 0 || feeds.includes(name));
  return Promise.all(chosen.map((feed) => app.poll(feed)));
}
