import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answering.ts';
import type { Lever } from './lever.ts';
import type { Tally } from './tally.ts';

export interface Asked {
  operation: string;
  method: string;
  /** Path and query, as they came. */
  url: string;
  /** What the path gives, by name. */
  path: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** Requests of this operation so far, this one included. */
  nth: number;
}

/** What is a system's own. */
export interface SimulatedSystem {
  /** The calls that it knows. */
  readonly operations: readonly string[];
  /** How often `operation reference` took effect. */
  readonly effects: Tally;
  /** What only this system can be told to do, by name. */
  readonly levers?: Readonly<Record<string, Lever>>;
  /** What it holds, as JSON can write it. */
  state(): unknown;
  /** What a body says that came encrypted. */
  reveal?(body: string): unknown;
  /** The operation that method and path mean; the HTTP status of the refusal when there is none. */
  route(method: string, path: string): Pick<Asked, 'operation' | 'path'> | number;
  /** Does it, and answers. */
  answer(asked: Asked): Answer;
  /** As the system itself says that it failed; 429 means too many calls. */
  failure(status: number, code?: string, message?: string): Answer;
  /** Looks like a success and lacks what belongs to it. */
  wrongSchema(): Answer;
  /** Ends all sessions. */
  expireTokens?(): void;
  /** Forgets everything but sessions. */
  reset(): void;
}
