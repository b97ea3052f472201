/** Small pieces of answering over HTTP. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../base/json.ts';

const maxRequestBytes = 1_000_000;

export function failure(errorCode: string, message: string, status = statusOf(errorCode)): JsonObject {
  return { status, success: false, message, data: {}, errorCode, ticketNumber: randomUUID() };
}

/** Most codes end in their HTTP status; TOK.EXP.001 is a 401 and SM.WTR.001 a 500. */
export function statusOf(errorCode: string): number {
  if (errorCode === 'TOK.EXP.001') return 401;
  const end = Number(errorCode.split('.').at(-1));
  return end >= 400 && end < 600 ? end : 500;
}

export function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The same answer again, past what HTTP knows of: to the client it is the answer to whatever it asks next on this connection. */
export function sendOnceMore(
  response: ServerResponse,
  afterMs: number,
  { status, text }: { status: number; text: string },
): void {
  const { socket } = response;
  const head = `HTTP/1.1 ${status} OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
  const send = (): void => void (socket?.writable && socket.write(head + text));
  response.once('finish', () => (afterMs === 0 ? send() : setTimeout(send, afterMs)));
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export async function sendWithoutEnd(response: ServerResponse): Promise<void> {
  const block = Buffer.alloc(65_536, ' ');
  response.writeHead(200, { 'content-type': 'application/json' });
  while (!response.destroyed) {
    if (!response.write(block)) {
      const stop = new AbortController();
      const signal = stop.signal;
      await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]).finally(
        () => stop.abort(),
      );
    }
  }
}

export function sendDripping(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), everyMs);
  response.once('close', () => clearInterval(timer));
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer: Buffer = chunk;
    bytes += buffer.length;
    if (bytes > maxRequestBytes) throw new Error('the request is too large');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
