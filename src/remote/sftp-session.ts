/**
 * One live SFTP connection. Every operation on it has an idle deadline; when one passes, or the connection breaks, the whole session is lost
 * and all its operations fail. ssh2 leaves requests unanswered for ever when only the SFTP layer stalls, keepalive or not.
 */
import type { Socket } from 'node:net';
import type { SFTPWrapper } from 'ssh2';
import type { TidegateError } from '../base/errors.ts';
import { deadlineError, drippingError, propertyOf, statusError, unreachable } from './sftp-errors.ts';

/** A server may answer in time and yet bring next to nothing: how much longer than one answer a listing may take, or one piece of a transfer. */
const callsPerPiece = 10;

/** A callback as ssh2 takes it. */
type Done<T> = (error: Error | null | undefined, value: T) => void;

interface SessionParts {
  server: string;
  /** Fingerprint of the key that the server showed. */
  hostKey: string;
  sftp: SFTPWrapper;
  socket: Socket;
  callMs: number;
  /** Says goodbye; may never resolve. */
  end(): Promise<unknown>;
}

export class Session {
  readonly sftp: SFTPWrapper;
  readonly hostKey: string;
  readonly callMs: number;
  readonly #parts: SessionParts;
  readonly #operations = new Set<Operation>();
  #lost: TidegateError | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.sftp = parts.sftp;
    this.hostKey = parts.hostKey;
    this.callMs = parts.callMs;
    const lose = (cause?: unknown): void =>
      this.fail(
        unreachable(parts.server, 'the connection broke off', cause instanceof Error ? cause : undefined),
      );
    parts.socket.once('close', () => lose());
    parts.sftp.on('error', lose);
    parts.sftp.once('end', () => lose());
    parts.sftp.once('close', () => lose());
  }

  /** Why the session cannot be used any more. */
  get lost(): TidegateError | null {
    return this.#lost;
  }

  /** @param path what is worked on, for errors. The caller must `finish` the operation. */
  begin(path: string): Operation {
    const operation = new Operation(this, path, () => this.#operations.delete(operation));
    this.#operations.add(operation);
    return operation;
  }

  /** Marks the session as lost, fails all its operations and drops the connection at once. */
  fail(error: TidegateError): void {
    if (this.#lost) return;
    this.#lost = error;
    for (const operation of this.#operations) operation.fail(error);
    this.#parts.socket.destroy();
  }

  /** Says goodbye and makes sure that the socket is gone, whether or not the server answers in time. Never fails. */
  async close(closeMs: number): Promise<void> {
    const { socket, server, end } = this.#parts;
    const closed = new Promise<void>((resolve) =>
      socket.closed ? resolve() : socket.once('close', () => resolve()),
    );
    const timer = setTimeout(() => this.fail(unreachable(server, 'the folder was closed')), closeMs);
    // Windows servers answer the goodbye with a reset (mscdex/ssh2#902); the work is done by then.
    end().catch(() => undefined);
    await closed;
    clearTimeout(timer);
  }
}

/** One call of the folder: its requests share an idle deadline that every answer renews, and a longer one that every complete piece of a transfer renews. */
export class Operation {
  readonly #session: Session;
  readonly #path: string;
  readonly #pending = new Set<(error: TidegateError) => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #pieceTimer: NodeJS.Timeout;
  readonly #finished: () => void;

  constructor(session: Session, path: string, finished: () => void) {
    this.#session = session;
    this.#path = path;
    this.#finished = finished;
    this.#timer = setTimeout(() => this.#onIdle(), session.callMs);
    this.#pieceTimer = setTimeout(() => this.#onDripping(), callsPerPiece * session.callMs);
  }

  get sftp(): SFTPWrapper {
    return this.#session.sftp;
  }

  /** Sends one request. Rejects with a `TidegateError`, except for end of file: see `untilEof`. */
  request<T>(send: (done: Done<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const lost = this.#session.lost;
      if (lost) {
        reject(lost);
        return;
      }
      this.#pending.add(reject);
      send((error, value) => {
        if (!this.#pending.delete(reject)) return;
        this.#timer.refresh();
        if (!error) resolve(value);
        else if (propertyOf(error, 'code') === undefined) this.#broken(error, reject);
        else reject(statusError(this.#path, error));
      });
    });
  }

  fail(error: TidegateError): void {
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
  }

  /** A piece of a transfer is complete: the next one has as much time. */
  advance(): void {
    this.#pieceTimer.refresh();
  }

  finish(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#pieceTimer);
    this.#finished();
  }

  /** An error without a status code did not come from the server's SFTP: the channel is gone or garbled. */
  #broken(error: Error, reject: (error: TidegateError) => void): void {
    const lost = unreachable(this.#path, 'the connection broke off', error);
    this.#session.fail(lost);
    reject(lost);
  }

  #onDripping(): void {
    if (this.#pending.size === 0) this.#pieceTimer.refresh();
    else this.#session.fail(drippingError(this.#path, callsPerPiece * this.#session.callMs));
  }

  #onIdle(): void {
    // Nothing is asked of the server while the local side is busy.
    if (this.#pending.size === 0) this.#timer.refresh();
    else this.#session.fail(deadlineError(this.#path, this.#session.callMs));
  }
}
