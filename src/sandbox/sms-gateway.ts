/** A gateway for short messages that speaks as Twilio does, for the demo, rehearsals and tests. */
import { type Answer, json } from './answering.ts';
import { type Catcher, type CaughtRequest, startCatcher } from './catcher.ts';

export interface CaughtSms {
  to: string;
  from: string;
  text: string;
}

export interface SmsGateway extends Catcher {
  /** Numbers that are refused, with the code of the refusal. */
  readonly refuse: Map<string, number>;
  messages(): readonly CaughtSms[];
}

export interface SmsGatewayOptions {
  account: string;
  token: string;
  port?: number;
}

/** As many characters as go into one. */
const longest = 160;

/** Listens on the loopback address only. */
export async function startSmsGateway({ account, token, port }: SmsGatewayOptions): Promise<SmsGateway> {
  const caught: CaughtSms[] = [];
  const refuse = new Map<string, number>();
  const expected = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
  const base = `/2010-04-01/Accounts/${account}`;

  function answer({ method, path, headers, body }: CaughtRequest): Answer {
    if (headers.authorization !== expected) return failure(401, 20003, 'Authenticate');
    if (method === 'GET' && path === `${base}.json`) return json(200, { sid: account, status: 'active' });
    if (method !== 'POST' || path !== `${base}/Messages.json`) return failure(404, 20404, 'not found');
    const form = new URLSearchParams(body);
    const [to, from, text] = ['To', 'From', 'Body'].map((name) => form.get(name) ?? '');
    if (!to) return failure(400, 21604, 'a To number is required');
    if (!from || !text || text.length > longest) return failure(400, 21617, 'the body does not fit');
    const code = refuse.get(to);
    if (code !== undefined) return failure(400, code, `refused: ${to}`);
    caught.push({ to, from, text });
    return json(201, { sid: `SM${caught.length}`, status: 'queued', to, error_code: null });
  }

  const catcher = await startCatcher(answer, port);
  return { ...catcher, refuse, messages: () => caught };
}

const failure = (status: number, code: number, message: string): Answer =>
  json(status, { code, message, more_info: `https://example.com/errors/${code}`, status });
