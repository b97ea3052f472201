/**
 * Where targets tell the results of calls that they queued. A callback is answered with 200 only when it is in the ledger; what became of its rows is for
 * delivery to say. Nothing of a body is believed, or kept, before it is proven to come from the target.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import { type Json, jsonIn } from '../base/json.ts';
import type { CallbackFate, CallbackLedger, CalledBack, KeptCallback, Notice } from '../ledger/port.ts';
import { isProven, type Proof } from './proof.ts';

export interface Caller {
  target: string;
  path: string;
  /** `null` where the path itself is the secret, and a call of it says no more than that it is time to ask. */
  results: {
    proof: Proof;
    /** `null` when the body names no call. */
    codeOf(body: Json): string | null;
  } | null;
}

export interface CallbackOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  /** PEM; `null` for clear text. */
  tls: { cert: string; key: string } | null;
  maxBytes: number;
  /** From the first byte of a request to its last. */
  deadlineMs: number;
  callers: readonly Caller[];
}

export interface CallbackPorts {
  ledger: Pick<CallbackLedger, 'keepCallback'>;
  clock: Clock;
  /** Throws when nothing more may be written. */
  demandRoom(): void;
  notice(
    target: string,
    id: number,
    fate: CallbackFate,
    about: CalledBack | null,
    now: number,
  ): Notice | null;
  /** What came of a request. */
  report(event: CallbackEvent): void;
}

export type CallbackEvent =
  | ({ kind: 'kept'; target: string } & KeptCallback)
  | { kind: 'hint'; target: string }
  | { kind: 'refused'; target: string | null; status: number }
  | { kind: 'failed'; target: string; error: unknown };

export interface CallbackListener {
  port: number;
  /** Requests under way are answered first, as far as the deadline allows. */
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 100;
/** Node looks so often for requests past their deadline. */
const LOOK_EVERY_MS = 500;

/** Fails with `CONFIG_INVALID` when the address cannot be listened at. */
export async function listenForCallbacks(
  options: CallbackOptions,
  ports: CallbackPorts,
): Promise<CallbackListener> {
  const { host, port, tls, deadlineMs } = options;
  const limits = {
    requestTimeout: deadlineMs,
    headersTimeout: deadlineMs,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    keepAlive: false,
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response, options, ports).catch(() => response.destroy());
  };
  let server: Server;
  try {
    server = tls
      ? createSecureServer({ ...limits, ...tls, handshakeTimeout: deadlineMs }, serve)
      : createServer(limits, serve);
    server.maxConnections = MOST_CONNECTIONS;
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', 'callbacks cannot be listened for', {
      subject: `callbacks ${host}:${port}`,
      expected: 'an address of this machine that is free, and a certificate with its key where tls is set',
      fix: 'Look who listens there, or configure another port.',
      cause,
    });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      // A server that closes no longer looks for requests past their deadline.
      const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
      await closed.finally(() => clearTimeout(cut));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { callers, maxBytes }: CallbackOptions,
  ports: CallbackPorts,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://callback');
  const caller = callers.find(({ path }) => path === pathname);
  const refuse = (status: number): void => {
    ports.report({ kind: 'refused', target: caller?.target ?? null, status });
    reply(response, status);
  };
  if (!caller) {
    refuse(404);
    return;
  }
  if (request.method !== 'POST') {
    refuse(405);
    return;
  }
  const body = await readBody(request, maxBytes);
  const { target, results } = caller;
  if (body === null) refuse(413);
  else if (results === null) {
    ports.report({ kind: 'hint', target });
    reply(response, 200);
  } else if (!isProven(results.proof, request.headers, body, ports.clock.now())) refuse(401);
  else reply(response, await keep(target, results.codeOf, body, ports));
}

/** Gives the status to answer with. */
async function keep(
  target: string,
  codeOf: (body: Json) => string | null,
  bytes: Buffer,
  { ledger, clock, demandRoom, notice, report }: CallbackPorts,
): Promise<number> {
  const body = bytes.toString('utf8');
  const at = clock.now();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  try {
    demandRoom();
    const code = codeOf(jsonIn(body)) ?? '';
    const words = (id: number, fate: CallbackFate, about: CalledBack | null): Notice | null =>
      notice(target, id, fate, about, at);
    const kept = await ledger.keepCallback({ target, code, sha256, body, at }, words);
    report({ kind: 'kept', target, ...kept });
    return kept.fate === 'unknown' ? 404 : 200;
  } catch (error) {
    report({ kind: 'failed', target, error });
    return 503;
  }
}

/** `null` when it is larger than allowed. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part: Buffer = chunk;
    bytes += part.length;
    if (bytes > maxBytes) return null;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

/** What was not read of a request is not waited for. */
function reply(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0, connection: 'close' });
  response.end();
}
