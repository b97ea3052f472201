import type { AuthHandlerMiddleware } from 'ssh2';
import { TidegateError } from '../base/errors.ts';
import { type HostKeyPins, pinHostKeys } from './host-keys.ts';
import { connectOnce } from './sftp-connect.ts';
import { unreachable } from './sftp-errors.ts';
import { prepareLogin } from './sftp-login.ts';
import type { SftpSettings } from './sftp-options.ts';
import type { Session } from './sftp-session.ts';

/** Keeps one healthy session for a partner: made on first use, shared by all calls, made anew after it was lost. */
export class Connection {
  readonly #settings: SftpSettings;
  readonly #pins: HostKeyPins;
  readonly #closing = new AbortController();
  #login: (() => AuthHandlerMiddleware) | null = null;
  #session: Session | null = null;
  #connecting: Promise<Session> | null = null;

  constructor(settings: SftpSettings) {
    this.#settings = settings;
    this.#pins = pinHostKeys(settings, settings.hostKeys, settings.knownHosts ?? '');
  }

  /** The live session, if there is one. */
  get live(): Session | null {
    return this.#session?.lost === null ? this.#session : null;
  }

  async acquire(): Promise<Session> {
    if (this.#closing.signal.aborted) throw this.#closedError();
    if (this.live) return this.live;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /**
   * How many of us the server lets in at the same time, the session in use included: one login after the other until one is refused or `most` are in, each tried once
   * and all closed at once. Any way of not getting in is an answer.
   */
  async countSessions(most: number): Promise<number> {
    const first = await this.acquire();
    const held: Session[] = [];
    const login = this.#prepared();
    try {
      while (1 + held.length < most)
        held.push(await connectOnce(this.#settings, this.#pins, login(), this.#closing.signal));
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      if (!(error instanceof TidegateError)) throw error;
    } finally {
      await Promise.all(held.map((session) => session.close(this.#settings.deadlines.closeMs)));
    }
    return first.lost ? Math.max(1, held.length) : 1 + held.length;
  }

  #prepared(): () => AuthHandlerMiddleware {
    this.#login ??= prepareLogin(this.#settings);
    return this.#login;
  }

  async close(): Promise<void> {
    this.#closing.abort(this.#closedError());
    await this.#connecting?.catch(() => undefined);
    await this.#session?.close(this.#settings.deadlines.closeMs);
  }

  async #connect(): Promise<Session> {
    const { retry, clock } = this.#settings;
    const signal = this.#closing.signal;
    const login = this.#prepared();
    for (let attempt = 1; ; attempt++) {
      try {
        this.#session = await connectOnce(this.#settings, this.#pins, login(), signal);
        return this.#session;
      } catch (error) {
        signal.throwIfAborted();
        const hopeless = error instanceof TidegateError && error.retry === 'never';
        if (hopeless || attempt >= retry.attempts) throw error;
        await clock.sleep(backOff(retry, attempt), signal);
      }
    }
  }

  #closedError(): TidegateError {
    return unreachable(`${this.#settings.host}:${this.#settings.port}`, 'the folder was closed');
  }
}

/** Between half and all of the doubled delay, so that many instances do not come back at once. */
function backOff({ baseMs, maxMs }: SftpSettings['retry'], attempt: number): number {
  const delay = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  return delay / 2 + (Math.random() * delay) / 2;
}
