/** Short messages through a gateway that speaks as Twilio does. */
import { z } from 'zod';
import { scrub } from '../base/scrub.ts';
import { shortMessage } from './gsm.ts';
import { channelFailed, createHttpSender, type HttpReply } from './http.ts';
import { type Channel, type Message, recipientsOf } from './port.ts';
import { oneLine } from './text.ts';

export interface SmsOptions {
  /** For errors. */
  name: string;
  /** Of the gateway, without the path. */
  url: string;
  account: string;
  token: { reveal(): string };
  /** Number or name that it comes from. */
  from: string;
  /** For one short message, in milliseconds. */
  deadline: number;
}

const problem = z.object({ code: z.number().optional(), message: z.string().optional() });

/** One request per recipient: each is taken or refused by itself. */
export function createSmsChannel(options: SmsOptions): Channel {
  const { name, account, token, from, deadline } = options;
  const http = createHttpSender(name, deadline);
  const authorization = `Basic ${Buffer.from(`${account}:${token.reveal()}`).toString('base64')}`;
  const resource = (path: string): URL =>
    new URL(`${options.url.replace(/\/$/, '')}/2010-04-01/Accounts/${encodeURIComponent(account)}${path}`);

  /** Why it was refused; `null` when it was taken. */
  async function sendTo(number: string, text: string): Promise<Refusal | null> {
    const body = new URLSearchParams({ To: number, From: from, Body: text }).toString();
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await http.send(resource('/Messages.json'), { method: 'POST', headers, body });
    if (reply.status >= 200 && reply.status < 300) return null;
    if (reply.status === 400) return refusalIn(reply, number);
    throw unusable(name, reply);
  }

  return {
    async send(message) {
      const numbers = recipientsOf(message);
      const text = textOf(message);
      const refused: (Refusal & { number: string })[] = [];
      for (const number of numbers) {
        const refusal = await sendTo(number, text);
        if (refusal) refused.push({ ...refusal, number });
      }
      if (refused.length === 0) return { kind: 'sent', except: null };
      const why = refused.map((one) => one.why).join('; ');
      // Whoever the gateway knows to be no telephone today is none tomorrow.
      if (refused.length === numbers.length) return { kind: 'refused', why, forGood: true };
      return { kind: 'sent', except: { left: refused.map(({ number }) => number), why } };
    },
    async check() {
      const reply = await http.send(resource('.json'), {
        method: 'GET',
        headers: { authorization },
        body: null,
      });
      if (reply.status !== 200) throw unusable(name, reply);
      return 'the gateway knows the account';
    },
    close: () => http.close(),
  };
}

interface Refusal {
  why: string;
}

/** What is urgent and what it is about; nothing more fits, and telephones show it to bystanders. */
function textOf({ severity, subject }: Message): string {
  return shortMessage(`Tidegate ${severity}: ${scrubNumbers(oneLine(subject))}`);
}

/** Names of files have dates in them, which tell nothing about anybody. */
const scrubNumbers = (text: string): string =>
  text
    .split(/(\b[A-Za-z]\w*_\d{8}(?:_\d{6})?)/)
    .map((part, index) => (index % 2 === 1 ? part : scrub(part)))
    .join('');

function refusalIn({ text }: HttpReply, number: string): Refusal {
  const { code } = problemIn(text);
  return { why: `${masked(number)} was refused${code === undefined ? '' : ` with code ${code}`}` };
}

const masked = (number: string): string => `•••${number.slice(-3)}`;

function problemIn(text: string): z.output<typeof problem> {
  try {
    return problem.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

/** Too many, out of order, not let in, or something else altogether behind the address: nobody gets through now. */
function unusable(name: string, { status, text }: HttpReply) {
  const { code } = problemIn(text);
  const said = `status ${status}${code === undefined ? '' : `, code ${code}`}`;
  const refuses = status === 401 || status === 403;
  return channelFailed(
    name,
    refuses ? `the gateway refused the login (${said})` : `the gateway takes no messages now (${said})`,
    refuses ? 'Look at account and token.' : 'Notices are tried again; look at the gateway when it lasts.',
  );
}
