/** Notices as JSON to an address: signed in our own form, or as chat services of Slack's kind take them. */
import { createHmac } from 'node:crypto';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { channelFailed, createHttpSender } from './http.ts';
import type { Channel, Message } from './port.ts';
import { oneLine, plainBody } from './text.ts';

export interface WebhookOptions {
  /** For errors. */
  name: string;
  /** Whoever knows it can write there. */
  url: { reveal(): string };
  format: 'json' | 'slack';
  /** Of the signature; `null` for none. */
  secret: { reveal(): string } | null;
  /** For one message, in milliseconds. */
  deadline: number;
}

/** Of the header that has the time of sending, in seconds since 1970. */
export const timestampHeader = 'tidegate-timestamp';
/** Of the header that has `v1=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hexadecimal digits. */
export const signatureHeader = 'tidegate-signature';
/** Of the header that names the message: the same for every try. */
export const idHeader = 'tidegate-id';

/** Slack cuts longer texts off. */
const longestBlock = 2900;

export function createWebhookChannel(options: WebhookOptions, now: () => number = Date.now): Channel {
  const { name, format, secret, deadline } = options;
  const url = new URL(options.url.reveal());
  const http = createHttpSender(name, deadline);
  return {
    async send(message) {
      const body = JSON.stringify(format === 'slack' ? slackBody(message) : jsonBody(message));
      const timestamp = String(Math.floor(now() / 1000));
      const headers = {
        'content-type': 'application/json',
        [idHeader]: `${message.id}-${message.raisedAt}`,
        [timestampHeader]: timestamp,
        ...(secret && { [signatureHeader]: signatureOf(secret.reveal(), timestamp, body) }),
      };
      const { status } = await http.send(url, { method: 'POST', headers, body });
      if (status >= 200 && status < 300) return { kind: 'sent', except: null };
      const why = `the webhook answered with status ${status}`;
      // It read the message and does not want it; it may want the next one.
      if (status === 400 || status === 413 || status === 422) return { kind: 'refused', why, forGood: true };
      throw channelFailed(
        name,
        why,
        'Look at the address, and at the service behind it; notices are tried again.',
      );
    },
    async check() {
      await reach(url, deadline, name);
      return `${url.hostname} answers at port ${portOf(url)}; \`tidegate alerts test\` sends something there`;
    },
    close: () => http.close(),
  };
}

export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;

function jsonBody(message: Message) {
  const { id, kind, severity, phase, incident, partner, feed, arrival, subject, body, raisedAt } = message;
  return {
    ...{ id: String(id), kind, severity, phase, incident, partner, feed, arrival },
    ...{ subject: oneLine(subject), text: plainBody(body), raisedAt: new Date(raisedAt).toISOString() },
  };
}

function slackBody({ severity, subject, body }: Message) {
  const title = `[${severity}] ${oneLine(subject)}`;
  const text = plainBody(body).slice(0, longestBlock).toWellFormed();
  return {
    text: inSlack(title),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*${inSlack(title)}*` } },
      { type: 'section', text: { type: 'plain_text', text, emoji: false } },
    ],
  };
}

/** Else `<!channel>` in the name of a file would call everybody. */
const inSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('*', '∗');

const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** A connection, with the certificate checked, and nothing sent. */
async function reach(url: URL, deadlineMs: number, name: string): Promise<void> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const place = { host, port: portOf(url) };
  await new Promise<void>((resolve, reject) => {
    const socket =
      url.protocol === 'https:'
        ? connectTls({ ...place, ...(isIP(host) === 0 && { servername: host }) }, done)
        : connectTcp(place, done);
    function done(): void {
      clearTimeout(late);
      socket.destroy();
      resolve();
    }
    const failed = (cause: unknown): void => {
      clearTimeout(late);
      socket.destroy();
      reject(channelFailed(name, 'the host cannot be reached', 'Look at the address.', cause));
    };
    // In all: a host that keeps a handshake going byte by byte is never idle.
    const late = setTimeout(() => failed(undefined), deadlineMs);
    socket.once('error', failed);
  });
}
