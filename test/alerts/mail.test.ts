import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { simpleParser } from 'mailparser';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { layOut } from '../../src/alerts/layout.ts';
import { createMailChannel, type Mailbox, type MailOptions } from '../../src/alerts/mail.ts';
import type { Channel, Delivery, Message } from '../../src/alerts/port.ts';
import { TidegateError } from '../../src/base/errors.ts';
import {
  type MailCatcher,
  type MailCatcherOptions,
  startMailCatcher,
} from '../../src/sandbox/mail-catcher.ts';

const fixture = (name: string) => readFile(join(import.meta.dirname, 'fixtures', name), 'utf8');
const certificate = { key: await fixture('mail.key.pem'), cert: await fixture('mail.cert.pem') };
const otherHost = { key: certificate.key, cert: await fixture('other-host.cert.pem') };

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

beforeAll(() => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate.cert, otherHost.cert]);
});

async function catcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const started = await startMailCatcher(options);
  open.push(started);
  return started;
}

interface TestChannel extends Omit<Channel, 'send'> {
  send(message: Omit<Message, 'to'>): Promise<Delivery>;
}

/** Everything goes to all of `to`. */
function channelTo(
  port: number,
  {
    to = [{ name: '', address: 'ops@example.com' }],
    ...options
  }: Partial<MailOptions> & { to?: Mailbox[] } = {},
): TestChannel {
  const channel = createMailChannel({
    host: '127.0.0.1',
    port,
    security: 'none',
    user: null,
    password: null,
    from: { name: 'Tidegate', address: 'tidegate@example.com' },
    people: to,
    deadline: 10_000,
    ...options,
  });
  open.push(channel);
  const addresses = to.map(({ address }) => address);
  return { ...channel, send: (message) => channel.send({ ...message, to: addresses }) };
}

function notice(changes: Partial<Message> = {}): Message {
  return {
    id: 7,
    kind: 'rows-rejected',
    severity: 'warning',
    phase: null,
    incident: null,
    partner: 'acme',
    feed: 'acme-sales',
    arrival: 12,
    subject: '3 rows of Sales_20240611.csv were rejected',
    body: 'What happened: 3 rows were rejected.\n\nRun: tidegate show 12\n',
    raisedAt: Date.UTC(2024, 5, 11, 9, 30),
    to: [],
    left: null,
    attachment: null,
    ...changes,
  };
}

async function failure(work: Promise<unknown>): Promise<TidegateError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TidegateError)) throw new Error(`expected a TidegateError, got ${String(error)}`);
  return error;
}

describe('delivery', () => {
  it('hands a readable mail to every recipient', async () => {
    const server = await catcher();
    const to = [
      { name: '', address: 'ops@example.com' },
      { name: 'On call', address: 'oncall@example.com' },
    ];
    await expect(channelTo(server.port, { to }).send(notice())).resolves.toEqual({
      kind: 'sent',
      except: null,
    });

    const [mail] = server.messages();
    expect(mail?.recipients).toEqual(['ops@example.com', 'oncall@example.com']);
    expect(mail?.to).toBe('ops@example.com, "On call" <oncall@example.com>');
    expect(mail?.from).toBe('"Tidegate" <tidegate@example.com>');
    expect(mail?.subject).toBe('3 rows of Sales_20240611.csv were rejected');
    expect(mail?.text).toBe('What happened: 3 rows were rejected.\n\nRun: tidegate show 12\n');
    expect(mail?.raw).toContain('Content-Type: text/plain');
    expect(mail?.raw).toContain('Auto-Submitted: auto-generated');
  });

  it('sends a notice again under the same Message-ID, and another one under another', async () => {
    const server = await catcher();
    await channelTo(server.port).send(notice());
    await channelTo(server.port).send(notice());
    await channelTo(server.port).send(notice({ id: 8 }));
    const [first, second, third] = server.messages().map(({ messageId }) => messageId);
    expect(first).toMatch(/^<tidegate-notice-7-\d+@example\.com>$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('leaves mails as .eml files where a folder is given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    open.push({ close: () => rm(folder, { recursive: true }) });
    const server = await catcher({ folder });
    await channelTo(server.port).send(notice());
    expect(await readdir(folder)).toEqual(['1.eml']);
    expect(await readFile(join(folder, '1.eml'), 'utf8')).toContain('tidegate show 12');
  });
});

describe('what a mail looks like', () => {
  it('is text, and the same as HTML in which nothing of the text is markup', async () => {
    const server = await catcher();
    const body = layOut({
      happened: 'A <b>bad</b> & "quoted" file.',
      facts: [['File', "<script>alert('x')</script>.csv"]],
      list: { title: 'First errors', items: ['line 2: <img src=x onerror=y>'] },
      next: ['Nothing.'],
      command: 'tidegate show 12',
    });
    await channelTo(server.port).send(notice({ subject: '<i>Sales</i>.csv', body }));
    const [mail] = server.messages();
    expect(mail?.text).toBe(body);
    const parsed = await simpleParser(mail?.raw ?? '');
    const html = parsed.html || '';
    expect(html).toContain('A &lt;b&gt;bad&lt;/b&gt; &amp; &quot;quoted&quot; file.');
    expect(html).toContain('<td>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;.csv</td>');
    expect(html).toContain('<li>line 2: &lt;img src=x onerror=y&gt;</li>');
    expect(html).not.toMatch(/<(script|img|a|link|i|b)\b/);
    expect(html).not.toMatch(/https?:/);
  });

  it('carries a file where one is given', async () => {
    const server = await catcher();
    const attachment = { name: 'SalesRejects.csv', content: Buffer.from('Id;Größe\r\n1;2\r\n') };
    await channelTo(server.port).send(notice({ attachment }));
    const parsed = await simpleParser(server.messages()[0]?.raw ?? '');
    expect(parsed.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ['SalesRejects.csv', 'Id;Größe\r\n1;2\r\n'],
    ]);
  });
});

describe('encryption and login', () => {
  it('encrypts with STARTTLS', async () => {
    const server = await catcher({ tls: certificate });
    await channelTo(server.port, { security: 'starttls' }).send(notice());
    expect(server.messages()).toMatchObject([{ secure: true }]);
  });

  it('encrypts from the first byte with tls', async () => {
    const server = await catcher({ tls: { ...certificate, immediate: true } });
    await channelTo(server.port, { security: 'tls' }).send(notice());
    expect(server.messages()).toMatchObject([{ secure: true }]);
  });

  it('sends nothing to a server without STARTTLS', async () => {
    const server = await catcher();
    const error = await failure(channelTo(server.port, { security: 'starttls' }).send(notice()));
    expect(error).toMatchObject({ code: 'MAIL_FAILED', retry: 'later' });
    expect(error.message).toContain('does not encrypt as demanded');
    expect(server.messages()).toEqual([]);
  });

  it('refuses a certificate for another host', async () => {
    const server = await catcher({ tls: otherHost });
    const error = await failure(channelTo(server.port, { security: 'starttls' }).send(notice()));
    expect(error).toMatchObject({ code: 'MAIL_FAILED', retry: 'later' });
    expect(error.message).toContain("does not match certificate's altnames");
    expect(server.messages()).toEqual([]);
  });

  it('does without encryption on the loopback address only', () => {
    expect(() => channelTo(25, { host: 'smtp.example.com', security: 'none' })).toThrow('loopback');
  });

  it('logs in', async () => {
    const server = await catcher({ tls: certificate, users: { tidegate: 'right' } });
    const login = { security: 'starttls', user: 'tidegate' } as const;
    await channelTo(server.port, { ...login, password: { reveal: () => 'right' } }).send(notice());
    expect(server.messages()).toMatchObject([{ user: 'tidegate', secure: true }]);
  });

  it('says that the login was refused, without the password', async () => {
    const server = await catcher({ tls: certificate, users: { tidegate: 'right' } });
    const password = { reveal: () => 'canary-secret' };
    const channel = channelTo(server.port, { security: 'starttls', user: 'tidegate', password });
    const error = await failure(channel.send(notice()));
    expect(error).toMatchObject({ code: 'MAIL_FAILED', retry: 'later' });
    expect(error.message).toContain('refused the login');
    expect(error.message).not.toContain('canary');
  });
});

describe('servers that misbehave', () => {
  it('gives up on a mute server at the deadline', async () => {
    const server = await catcher();
    server.faults.mute = true;
    const error = await failure(channelTo(server.port, { deadline: 300 }).send(notice()));
    expect(error).toMatchObject({ code: 'MAIL_FAILED', retry: 'later' });
  });

  it('gives up on a server that drips at the deadline', async () => {
    const server = await catcher();
    server.faults.dripMs = 20;
    const error = await failure(channelTo(server.port, { deadline: 500 }).send(notice()));
    expect(error).toMatchObject({ code: 'MAIL_FAILED', retry: 'later' });
    expect(error.message).toContain('longer than the deadline');
  });

  it('gives up at the deadline when the name of the server is not resolved', async () => {
    // Resolvers that never answer.
    const never = (() => undefined) as never;
    const spies = [
      vi.spyOn(dns, 'lookup').mockImplementation(never),
      vi.spyOn(dns.Resolver.prototype, 'resolve4').mockImplementation(never),
      vi.spyOn(dns.Resolver.prototype, 'resolve6').mockImplementation(never),
    ];
    const channel = channelTo(25, { host: 'mail.example', security: 'starttls', deadline: 300 });
    expect(await failure(channel.send(notice()))).toMatchObject({ code: 'MAIL_FAILED', retry: 'later' });
    expect(spies.some((spy) => spy.mock.calls.length > 0)).toBe(true);
    for (const spy of spies) spy.mockRestore();
  });

  it('does not wait for a goodbye: a mail that was taken is sent', async () => {
    const sockets = new Set<Socket>();
    const answers: Record<string, string> = { EHLO: '250 hello', DATA: '354 go on', QUIT: '' };
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.setEncoding('utf8').write('220 ready\r\n');
      let inMail = false;
      socket.on('data', (text: string) => {
        if (inMail && !text.endsWith('\r\n.\r\n')) return;
        const command = inMail ? '.' : text.slice(0, 4);
        inMail = command === 'DATA';
        const answer = answers[command] ?? '250 fine';
        if (answer !== '') socket.write(`${answer}\r\n`);
      });
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const channel = channelTo((server.address() as AddressInfo).port);
    expect(await channel.send(notice())).toEqual({ kind: 'sent', except: null });
    channel.close();
    // Nor is the connection kept for it.
    await vi.waitFor(() => expect([...sockets].every(({ destroyed }) => destroyed)).toBe(true));
    server.close();
  });

  it('gives up a check at the deadline as well', async () => {
    const server = await catcher();
    server.faults.mute = true;
    expect(await failure(channelTo(server.port, { deadline: 300 }).check())).toMatchObject({
      code: 'MAIL_FAILED',
      message: expect.stringContaining('longer than the deadline'),
    });
  });

  it('counts a mail without an answer as not sent', async () => {
    const server = await catcher();
    server.faults.dropAfterData = true;
    expect(await failure(channelTo(server.port).send(notice()))).toMatchObject({
      code: 'MAIL_FAILED',
      retry: 'later',
    });
  });

  it('fails when nobody listens', async () => {
    const server = await startMailCatcher();
    await server.close();
    expect(await failure(channelTo(server.port).send(notice()))).toMatchObject({
      code: 'MAIL_FAILED',
      retry: 'later',
    });
  });

  it('tells a mail that was refused from a server that is gone', async () => {
    const server = await catcher();
    server.faults.refuseData = '5.7.1 no, not from ops@example.com';
    const delivery = await channelTo(server.port).send(notice());
    expect(delivery).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('5.7.1 no, not from •••@•••'),
    });
  });
});

describe('recipients', () => {
  const to = [
    { name: '', address: 'ops@example.com' },
    { name: '', address: 'gone@example.com' },
  ];

  it('counts what somebody got as sent, and says who was refused', async () => {
    const server = await catcher();
    const channel = channelTo(server.port, { to });
    server.faults.refuse.set('gone@example.com', '5.1.1 no such user');
    expect(await channel.send(notice())).toEqual({
      kind: 'sent',
      except: {
        left: ['gone@example.com'],
        why: expect.stringMatching(/^recipient 2 of 2 was refused: .*5\.1\.1 no such user/),
      },
    });
    expect(server.messages().map(({ recipients }) => recipients)).toEqual([['ops@example.com']]);
    server.faults.refuse.clear();
    expect(await channel.send(notice({ left: ['gone@example.com'] }))).toEqual({
      kind: 'sent',
      except: null,
    });
    const [first, second] = server.messages();
    expect(second).toMatchObject({
      recipients: ['gone@example.com'],
      to: first?.to,
      messageId: first?.messageId,
    });
  });

  it('sends nothing to a recipient who was left and is no recipient any more', async () => {
    const server = await catcher();
    const channel = channelTo(server.port, { to });
    expect(await channel.send(notice({ left: ['former@example.com'] }))).toEqual({
      kind: 'sent',
      except: null,
    });
    expect(server.messages()).toEqual([]);
  });

  it('records it when all were refused', async () => {
    const server = await catcher();
    server.faults.refuse.set('gone@example.com', '5.1.1 no such user');
    server.faults.refuse.set('ops@example.com', '5.2.2 mailbox full');
    const delivery = await channelTo(server.port, { to }).send(notice());
    expect(delivery).toMatchObject({ kind: 'refused', why: expect.stringContaining('5.2.2 mailbox full') });
    expect(server.messages()).toEqual([]);
  });

  it.each([
    'Ops, evil@example.net',
    'Ops" <evil@example.net>, "x',
    'Ops\r\nBcc: evil@example.net',
    'a:b;evil@example.net',
  ])('makes no recipient of a name: %j', async (name) => {
    const server = await catcher();
    await channelTo(server.port, { to: [{ name, address: 'ops@example.com' }] }).send(notice());
    const [mail] = server.messages();
    expect(mail?.recipients).toEqual(['ops@example.com']);
    expect(mail?.raw).not.toMatch(/^bcc:/im);
  });
});

describe('hostile text', () => {
  it('lets no file name add a header', async () => {
    const server = await catcher();
    const subject = 'Sales.csv\r\nBcc: evil@example.net\r\n\r\nbody\u0000\u202Efdp.exe was refused';
    await channelTo(server.port).send(notice({ subject }));
    const [mail] = server.messages();
    expect(mail?.recipients).toEqual(['ops@example.com']);
    expect(mail?.raw).not.toMatch(/^bcc:/im);
    expect(mail?.subject).toBe('Sales.csv Bcc: evil@example.net body fdp.exe was refused');
  });

  it('takes a path or an address in the text as text', async () => {
    const server = await catcher();
    const body = 'path: /etc/passwd\nhref: http://127.0.0.1:1/\n.\nQUIT\n';
    await channelTo(server.port).send(notice({ body }));
    expect(server.messages()).toMatchObject([{ text: body }]);
  });

  it('cuts a subject without end', async () => {
    const server = await catcher();
    await channelTo(server.port).send(notice({ subject: 'x'.repeat(5000) }));
    expect(server.messages()[0]?.subject.length).toBeLessThanOrEqual(160);
  });
});
