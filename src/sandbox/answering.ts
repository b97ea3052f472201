/** Small pieces of answering over HTTP. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, type Json, type JsonObject } from '../base/json.ts';

/** Files come within requests, as base64. */
const maxRequestBytes = 16_000_000;

export interface Answer {
  status: number;
  /** Of the body: JSON unless something else is said. */
  type?: string;
  body: string | Buffer;
}

export const json = (status: number, body: Json): Answer => ({ status, body: JSON.stringify(body) });

export function sendAnswer(response: ServerResponse, { status, type, body }: Answer): void {
  const headers = body.length > 0 ? { 'content-type': type ?? 'application/json' } : {};
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** As something in front of the system answers. */
export const page = (status: number, text: string): Answer => ({ status, type: 'text/html', body: text });

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

/** The same answer again, past what HTTP knows of: to the client it is the answer to whatever it asks next on this connection. */
export function sendOnceMore(response: ServerResponse, afterMs: number, { status, body }: Answer): void {
  const { socket } = response;
  const head = `HTTP/1.1 ${status} OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const again = Buffer.concat([Buffer.from(head), Buffer.from(body)]);
  const send = (): void => void (socket?.writable && socket.write(again));
  response.once('finish', () => (afterMs === 0 ? send() : setTimeout(send, afterMs)));
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

/** `null` when the text is not an object in JSON. */
export function objectIn(text: string): JsonObject | null {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
