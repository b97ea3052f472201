/** One request to a gateway or webhook: one deadline over everything, no redirect, a cap on the answer. */
import { Agent, request } from 'undici';
import { TidegateError } from '../base/errors.ts';

export interface Sending {
  method: 'GET' | 'POST';
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

export interface HttpReply {
  status: number;
  /** Cut at the cap. */
  text: string;
}

export interface HttpSender {
  /** @throws TidegateError `CHANNEL_FAILED`, retry `later`; it may have arrived all the same */
  send(url: URL, sending: Sending): Promise<HttpReply>;
  close(): void;
}

const mostBytes = 16_384;

/** @param subject names the channel in errors: an address may be a secret */
export function createHttpSender(subject: string, deadlineMs: number): HttpSender {
  const agent = new Agent({ connections: 2, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  return {
    async send(url, { method, headers, body }) {
      const signal = AbortSignal.timeout(deadlineMs);
      try {
        const answer = await request(url, {
          method,
          headers: { ...headers },
          body,
          signal,
          dispatcher: agent,
        });
        return { status: answer.statusCode, text: await firstOf(answer.body) };
      } catch (error) {
        throw unanswered(subject, error, signal.aborted);
      }
    },
    close() {
      // Nothing waits for a connection that is only kept open.
      void agent.destroy();
    },
  };
}

async function firstOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop ends the answer.
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, mostBytes);
}

function unanswered(subject: string, error: unknown, late: boolean): TidegateError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
  const problem = late
    ? 'the other side did not answer within the deadline'
    : `no answer came from the other side (${code})`;
  return channelFailed(
    subject,
    problem,
    'Look at the address and at the other side; notices are tried again.',
    error,
  );
}

export const channelFailed = (
  subject: string,
  problem: string,
  fix: string,
  cause?: unknown,
): TidegateError => new TidegateError('CHANNEL_FAILED', problem, { subject, fix, retry: 'later', cause });
