/** Test messages that are really sent, one for each way that notices can go. */
import type { Delivery, Message } from '../alerts/port.ts';
import { explain, TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Config } from '../config/types.ts';
import type { Addressed } from '../ledger/port.ts';
import { type Alerts, openAlerts } from './alerts.ts';

export interface TestLine {
  channel: string;
  /** `null` where the channel is the recipient. */
  recipient: string | null;
  ok: boolean;
  /** Why not. */
  detail: string;
}

/**
 * Partners get none: their contacts are not ours to try out.
 * @param only the channel; all unless given
 */
export async function* sendTestMessages(
  config: Config,
  only: string | null,
  now: number,
): AsyncGenerator<TestLine> {
  const alerts = openAlerts(config);
  try {
    const places = placesOf(alerts, only);
    for (const [index, { channel, to }] of places.entries()) {
      const outlet = alerts.channels.get(channel);
      if (outlet)
        yield* reported(channel, to, () => outlet.channel.send(testMessage(channel, to, index, now)));
    }
  } finally {
    alerts.close();
  }
}

/** Each channel once with everybody whom it may tell; each telephone by itself. */
function placesOf({ channels, routing }: Alerts, only: string | null): Addressed[] {
  if (only !== null && !channels.has(only)) throw noSuchChannel(only, [...channels.keys()]);
  const ways = [...routing.rules, ...(routing.digest ? [routing.digest] : [])];
  const recipients = new Map<string, Set<string>>();
  for (const { channel, to } of ways) {
    if (only !== null && channel !== only) continue;
    recipients.set(channel, new Set([...(recipients.get(channel) ?? []), ...to]));
  }
  if (recipients.size === 0) throw noRoute(only);
  return [...recipients].flatMap(([channel, all]) =>
    routing.channels.get(channel) === 'sms'
      ? [...all].map((number) => ({ channel, to: [number] }))
      : [{ channel, to: [...all] }],
  );
}

function noSuchChannel(name: string, known: readonly string[]): TidegateError {
  const guess = nearest(name, known);
  return new TidegateError('NOT_FOUND', `there is no channel ${name}`, {
    fix: guess ? `Did you mean ${guess}?` : `The channels are: ${known.join(', ') || 'none yet'}.`,
  });
}

const noRoute = (only: string | null): TidegateError =>
  new TidegateError('USAGE', only === null ? 'nobody is told of anything' : `no route goes by ${only}`, {
    fix: 'Add the section mail, or a route to alerts.routes.',
  });

const testMessage = (channel: string, to: readonly string[], index: number, now: number): Message => ({
  ...{ id: `test-${index}`, raisedAt: now, kind: null, severity: 'info', phase: null, incident: null },
  ...{ partner: null, feed: null, arrival: null, to, left: null, attachment: null },
  subject: `Test: notices by ${channel} reach you`,
  body: `This is a test of Tidegate. Somebody has run \`tidegate alerts test\` to see whether notices by ${channel} arrive.\n\nNothing is wrong, and nothing needs to be done.\n`,
});

async function* reported(
  channel: string,
  to: readonly string[],
  send: () => Promise<Delivery>,
): AsyncGenerator<TestLine> {
  const recipients = to.length === 0 ? [null] : to;
  const line = (recipient: string | null, why: string | null): TestLine => ({
    ...{ channel, recipient, ok: why === null, detail: why ?? 'taken' },
  });
  try {
    const delivery = await send();
    for (const recipient of recipients) {
      if (delivery.kind === 'refused') yield line(recipient, delivery.why);
      else {
        const { except } = delivery;
        const isLeft = recipient !== null && except?.left.includes(recipient) === true;
        yield line(recipient, isLeft ? except.why : null);
      }
    }
  } catch (error) {
    for (const recipient of recipients) yield line(recipient, explain(error));
  }
}
