/** What every channel must do, whatever it goes over; with real servers. */
import { afterEach, describe, expect, it } from 'vitest';
import { createMailChannel } from '../../src/alerts/mail.ts';
import type { Channel, Message } from '../../src/alerts/port.ts';
import { createSmsChannel } from '../../src/alerts/sms.ts';
import {
  createWebhookChannel,
  idHeader,
  signatureHeader,
  signatureOf,
  timestampHeader,
} from '../../src/alerts/webhook.ts';
import { startMailCatcher } from '../../src/sandbox/mail-catcher.ts';
import { startSmsGateway } from '../../src/sandbox/sms-gateway.ts';
import { startWebhookCatcher } from '../../src/sandbox/webhook-catcher.ts';

const secret = 'canary-token';
const deadline = 300;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});
function opened<T extends { close(): unknown }>(part: T): T {
  open.push(part);
  return part;
}

function message(over: Partial<Message> = {}): Message {
  return {
    ...{ id: 7, kind: 'target-down', severity: 'critical', phase: 'opened', incident: 3, partner: 'acme' },
    ...{ feed: 'acme-sales', arrival: 12, subject: 'servify does not take calls now', body: 'It waits.\n' },
    ...{ raisedAt: Date.UTC(2024, 5, 11, 9, 30), to: [], left: null, attachment: null, ...over },
  };
}

/** A channel, and the server behind it. */
interface Rig {
  channel: Channel;
  to: string[];
  /** Texts that people have got. */
  got(): string[];
  mute(): void;
  drip(): void;
  drop(): void;
  stop(): Promise<void>;
}

const wait = { deadline: 20_000 };

async function mailRig(options: { deadline: number } = wait): Promise<Rig> {
  const server = opened(await startMailCatcher());
  const { faults, port } = server;
  const channel = createMailChannel({
    ...{ host: '127.0.0.1', port, security: 'none', user: null, password: null, people: [] },
    from: { name: '', address: 'tidegate@example.com' },
    ...options,
  });
  return {
    channel: opened(channel),
    to: ['ops@example.com', 'b@example.com'],
    got: () => server.messages().map(({ subject }) => subject),
    mute: () => void Object.assign(faults, { mute: true }),
    drip: () => void Object.assign(faults, { dripMs: 20 }),
    drop: () => void Object.assign(faults, { dropAfterData: true }),
    stop: () => server.close(),
  };
}

const smsGateway = async () => opened(await startSmsGateway({ account: 'AC1', token: secret }));

function smsChannel(url: string, over: { deadline?: number; token?: string } = {}): Channel {
  const { deadline: ms = wait.deadline, token = secret } = over;
  const options = { name: 'on-call', url, account: 'AC1', token: { reveal: () => token }, from: '+4930' };
  return opened(createSmsChannel({ ...options, deadline: ms }));
}

async function smsRig(options: { deadline: number } = wait): Promise<Rig> {
  const server = await smsGateway();
  return {
    channel: smsChannel(server.url, options),
    to: ['+491700000001'],
    got: () => server.messages().map(({ text }) => text),
    ...faultsOf(server),
  };
}

async function webhookRig(format: 'json' | 'slack', options: { deadline: number } = wait): Promise<Rig> {
  const server = opened(await startWebhookCatcher());
  const url = { reveal: () => `${server.url}/hook/${secret}` };
  const channel = createWebhookChannel({ ...{ name: 'chat', url, format, secret: null }, ...options });
  return {
    channel: opened(channel),
    to: [],
    got: () => server.bodies().map((body) => String(body['subject'] ?? body['text'])),
    ...faultsOf(server),
  };
}

const faultsOf = (server: Awaited<ReturnType<typeof startWebhookCatcher | typeof smsGateway>>) => ({
  mute: () => void Object.assign(server.faults, { mute: true }),
  drip: () => void Object.assign(server.faults, { dripMs: 20 }),
  drop: () => void Object.assign(server.faults, { dropAfterData: true }),
  stop: () => server.close(),
});

const rigs: [name: string, make: (options?: { deadline: number }) => Promise<Rig>][] = [
  ['mail', mailRig],
  ['sms', smsRig],
  ['webhook', (options) => webhookRig('json', options)],
  ['webhook in the form of Slack', (options) => webhookRig('slack', options)],
];

const later = expect.objectContaining({
  code: expect.stringMatching(/^(MAIL|CHANNEL)_FAILED$/),
  retry: 'later',
  message: expect.not.stringContaining(secret),
});

describe.each(rigs)('a channel over %s', (_name, make) => {
  it('tells people', async () => {
    const { channel, to, got } = await make();
    expect(await channel.send(message({ to }))).toEqual({ kind: 'sent', except: null });
    expect(got()).toEqual([expect.stringContaining('servify does not take calls now')]);
  });

  it('tells only those who are left', async () => {
    const { channel, to, got } = await make();
    if (to.length === 0) return;
    expect(await channel.send(message({ to, left: [] }))).toEqual({ kind: 'sent', except: null });
    expect(got()).toEqual([]);
  });

  it('takes strange text as text', async () => {
    const { channel, to, got } = await make();
    const subject = 'x\r\nBcc: evil@example.net\n<!channel> & <b>\u202Ey\u0000 “Größe” 漢字 {x}';
    const text = `${'long '.repeat(2000)}${subject}`;
    expect(await channel.send(message({ to, subject, body: text }))).toMatchObject({ kind: 'sent' });
    expect(got()[0]).not.toMatch(/[\r\n\u202e\u0000]/);
  });

  it('proves that it can be used without telling anybody', async () => {
    const { channel, got, stop } = await make();
    expect(await channel.check()).not.toContain(secret);
    expect(got()).toEqual([]);
    await stop();
    await expect(channel.check()).rejects.toEqual(later);
  });

  it.each(['mute', 'drip', 'drop'] as const)(
    'gives up in time on a server that does so: %s',
    async (fault) => {
      const rig = await make({ deadline });
      rig[fault]();
      const began = performance.now();
      await expect(rig.channel.send(message({ to: rig.to }))).rejects.toEqual(later);
      expect(performance.now() - began).toBeLessThan(10_000);
    },
  );

  it('says that nobody is there', async () => {
    const rig = await make();
    await rig.stop();
    await expect(rig.channel.send(message({ to: rig.to }))).rejects.toEqual(later);
  });
});

describe('short messages', () => {
  it('go to each number, as one that fits, with the login of the account', async () => {
    const server = await smsGateway();
    const subject = `acme: ${'Sales_20240611.csv [€] '.repeat(20)}`;
    const to = ['+491700000001'];
    await smsChannel(server.url).send(message({ to, subject }));
    const [{ text, ...rest } = { text: '' }] = server.messages();
    expect(rest).toEqual({ to: to[0], from: '+4930' });
    expect(text).toMatch(/^Tidegate critical: acme: Sales_20240611\.csv \[€\] .*\.\.\.$/);
    // Brackets and the euro count twice.
    expect(text.length + (text.match(/[[\]€]/g)?.length ?? 0)).toBeLessThanOrEqual(160);
  });

  it('show no mail addresses and long numbers to bystanders', async () => {
    const server = await smsGateway();
    const subject = 'answer for pat@example.com, +49 170 1234567, in Sales_20240611.csv';
    await smsChannel(server.url).send(message({ to: ['+491700000001'], subject }));
    expect(server.messages()[0]?.text).toBe(
      'Tidegate critical: answer for ***@***, ***, in Sales_20240611.csv',
    );
  });

  it('are refused for good for a number that is none, without naming it', async () => {
    const server = await smsGateway();
    server.refuse.set('+491700000001', 21211);
    const channel = smsChannel(server.url);
    const delivery = await channel.send(message({ to: ['+491700000001'] }));
    expect(delivery).toEqual({ kind: 'refused', why: '•••001 was refused with code 21211', forGood: true });
    const to = ['+491700000001', '+491700000002'];
    expect(await channel.send(message({ to }))).toEqual({
      kind: 'sent',
      except: { left: [to[0]], why: '•••001 was refused with code 21211' },
    });
  });

  it.each([
    [429, 'takes no messages now'],
    [500, 'takes no messages now'],
    [503, 'takes no messages now'],
    [403, 'refused the login'],
    [404, 'takes no messages now'],
  ])('wait when the gateway answers with %i', async (status, problem) => {
    const server = await smsGateway();
    server.faults.status = status;
    await expect(smsChannel(server.url).send(message({ to: ['+491'] }))).rejects.toMatchObject({
      ...{ code: 'CHANNEL_FAILED', retry: 'later', message: expect.stringContaining(problem) },
    });
  });

  it('say that the login is wrong, without the token', async () => {
    const server = await smsGateway();
    const channel = smsChannel(server.url, { token: 'canary-wrong' });
    for (const work of [channel.send(message({ to: ['+491'] })), channel.check()])
      await expect(work).rejects.toMatchObject({
        message: expect.stringMatching(/refused the login(?!.*canary)/),
      });
  });

  it('follow no redirect: the login goes nowhere else', async () => {
    const [server, elsewhere] = [await smsGateway(), await smsGateway()];
    server.faults.redirect = `${elsewhere.url}/2010-04-01/Accounts/AC1/Messages.json`;
    await expect(smsChannel(server.url).send(message({ to: ['+491'] }))).rejects.toEqual(later);
    expect(elsewhere.requests()).toEqual([]);
  });
});

describe('webhooks', () => {
  const hook = async (format: 'json' | 'slack', key: string | null = null) => {
    const server = opened(await startWebhookCatcher());
    const channel = createWebhookChannel({
      ...{ name: 'chat', url: { reveal: () => `${server.url}/hook` }, format, ...wait },
      secret: key === null ? null : { reveal: () => key },
    });
    return { server, channel: opened(channel) };
  };

  it('get every fact by its name, signed over time and body', async () => {
    const { server, channel } = await hook('json', 'shared');
    await channel.send(message());
    const [request] = server.requests();
    if (!request) throw new Error('nothing came');
    const { headers, body, path } = request;
    expect([path, JSON.parse(body)]).toEqual([
      '/hook',
      {
        ...{ id: '7', kind: 'target-down', severity: 'critical', phase: 'opened', incident: 3 },
        ...{ partner: 'acme', feed: 'acme-sales', arrival: 12, raisedAt: '2024-06-11T09:30:00.000Z' },
        ...{ subject: 'servify does not take calls now', text: 'It waits.\n' },
      },
    ]);
    const timestamp = String(headers[timestampHeader]);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
    expect(headers[signatureHeader]).toBe(signatureOf('shared', timestamp, body));
    expect(headers[signatureHeader]).not.toBe(signatureOf('shared', timestamp, `${body} `));
    expect(headers[signatureHeader]).not.toBe(signatureOf('other', timestamp, body));
  });

  it('can tell a repeated message by its id', async () => {
    const { server, channel } = await hook('json');
    for (const id of [7, 7, 8]) await channel.send(message({ id }));
    const ids = server.requests().map(({ headers }) => headers[idHeader]);
    expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false]);
    expect(server.requests()[0]?.headers[signatureHeader]).toBeUndefined();
  });

  it('of the form of Slack call nobody whom a file name calls', async () => {
    const { server, channel } = await hook('slack');
    await channel.send(message({ subject: '<!channel> *x*.csv', body: '<!here>\n' }));
    expect(server.bodies()).toEqual([
      {
        text: '[critical] &lt;!channel&gt; ∗x∗.csv',
        blocks: [
          {
            type: 'section',
            text: { type: 'mrkdwn', text: '*[critical] &lt;!channel&gt; ∗x∗.csv*' },
          },
          { type: 'section', text: { type: 'plain_text', text: '<!here>\n', emoji: false } },
        ],
      },
    ]);
  });

  it('that refuse a message are not asked again, those in trouble are', async () => {
    const { server, channel } = await hook('json');
    server.faults.status = 422;
    expect(await channel.send(message())).toMatchObject({ kind: 'refused', forGood: true });
    for (const status of [401, 404, 429, 500]) {
      server.faults.status = status;
      await expect(channel.send(message())).rejects.toEqual(later);
    }
  });

  it('are not followed elsewhere, and an answer without end is cut', async () => {
    const { server, channel } = await hook('json');
    const elsewhere = opened(await startWebhookCatcher());
    server.faults.redirect = `${elsewhere.url}/hook`;
    await expect(channel.send(message())).rejects.toEqual(later);
    expect(elsewhere.requests()).toEqual([]);
    Object.assign(server.faults, { redirect: null, endless: true });
    expect(await channel.send(message())).toEqual({ kind: 'sent', except: null });
  });
});
