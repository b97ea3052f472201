import type { Permit } from '../base/permit.ts';
import type { RemoteEntry, RemoteStat } from './port.ts';

/**
 * The plain file operations that an implementation of `RemoteFolder` brings; the promises of the contract (verified, never replacing) are
 * made of them in one place, `verified.ts`. All fail with a `TidegateError`.
 */
export interface Files {
  list(folder: string): Promise<RemoteEntry[]>;
  /** Does not follow symbolic links. `null` only when the server says that there is no such file. */
  stat(path: string): Promise<RemoteStat | null>;
  /** The first `size` bytes in order; ends early when the file does. */
  read(path: string, size: number): AsyncIterable<Buffer>;
  /** Writes a new file that must not exist yet; resolves once it is closed on the other side. */
  create(path: string, content: AsyncIterable<Buffer>): Promise<void>;
  /** May replace `to` where the server knows no better; callers look first. The permit is asked when the request is about to leave. */
  rename(from: string, to: string, permit: Permit): Promise<void>;
  /** Gives the file a second name; fails when it is taken. Only where the protocol has it, and with `REMOTE_FAILED` where the server does not. */
  link?(from: string, to: string, permit: Permit): Promise<void>;
  /** Renames over whatever is there; as `link` in all else. */
  replace?(from: string, to: string, permit: Permit): Promise<void>;
  /** Fails when anything has the name, or the folder around it is missing. */
  makeFolder(path: string): Promise<void>;
  /** A missing file is fine. */
  unlink(path: string, permit: Permit): Promise<void>;
  /** Tidies up after a failure as far as that is possible without a new connection, and permitted; never fails. */
  discard(path: string, permit: Permit): Promise<void>;
  close(): Promise<void>;
}
