import { type Clock, systemClock } from '../base/clock.ts';

export interface SftpOptions {
  host: string;
  port: number;
  username: string;
  /** `privateKey` is the text of the key, PEM or OpenSSH. */
  auth: { password: string } | { privateKey: string; passphrase?: string };
  /** `SHA256:…` fingerprints; several while a partner changes its key. At least one, or a line in `knownHosts`, must fit. */
  hostKeys: readonly string[];
  /** Text in the format of `~/.ssh/known_hosts`. */
  knownHosts?: string;
  /** In order of preference, replacing the defaults of ssh2 (which put aes128-gcm first). */
  algorithms?: SftpAlgorithms;
  deadlines?: Partial<Deadlines>;
  retry?: Partial<ConnectRetry>;
  clock?: Clock;
}

export interface SftpAlgorithms {
  kex?: readonly string[];
  cipher?: readonly string[];
  serverHostKey?: readonly string[];
  hmac?: readonly string[];
}

export interface Deadlines {
  /** From opening the socket to a usable SFTP channel. */
  connectMs: number;
  /** How long an operation may wait without any answer; a long transfer only has to make progress. */
  callMs: number;
  closeMs: number;
}

/** Tries of connecting, with jittered delays that double from `baseMs` up to `maxMs`. A refused login or host key is never tried again. */
export interface ConnectRetry {
  attempts: number;
  baseMs: number;
  maxMs: number;
}

const defaultDeadlines: Deadlines = { connectMs: 20_000, callMs: 60_000, closeMs: 3_000 };
const defaultRetry: ConnectRetry = { attempts: 3, baseMs: 500, maxMs: 10_000 };

export interface SftpSettings extends SftpOptions {
  deadlines: Deadlines;
  retry: ConnectRetry;
  clock: Clock;
}

export function settle(options: SftpOptions): SftpSettings {
  return {
    ...options,
    deadlines: { ...defaultDeadlines, ...options.deadlines },
    retry: { ...defaultRetry, ...options.retry },
    clock: options.clock ?? systemClock,
  };
}
