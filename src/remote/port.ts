/**
 * The RemoteFolder contract: what the exchange needs of the place where files are dropped. Paths are absolute on the remote side, with `/`.
 * A remote name never becomes a local path. Every call has a deadline of its own and fails with a `TidegateError`
 * (`REMOTE_…`), whose `retry` says whether trying again can help.
 */

import type { Transferred } from '../base/local-copy.ts';
import type { Permit } from '../base/permit.ts';
import type { ServerTraits } from './traits.ts';

export type { Transferred } from '../base/local-copy.ts';
export type { ServerTraits } from './traits.ts';

export type EntryKind = 'file' | 'folder' | 'other';

export interface RemoteEntry {
  /** The raw name as the server gave it; may be hostile, see `inspectName`. */
  name: string;
  kind: EntryKind;
  size: number;
  /** Epoch milliseconds, in the server's clock and resolution. */
  modifiedAt: number;
}

export interface RemoteStat {
  kind: EntryKind;
  size: number;
  modifiedAt: number;
}

/** What a server does with files differs; it can be tried out, and is made use of afterwards. */
export interface Probing {
  /** What the promises below are kept by: the cautious assumption until something better is known. */
  traits(): Promise<ServerTraits>;
  /** Names the server, the login and the key that it shows: what was found out holds for these. */
  identity(): Promise<string>;
  /** Tries the server out on hidden files in `folder`, and leaves nothing behind. Other logins are tried one at a time, once each. */
  probe(folder: string): Promise<ServerTraits>;
  /** Removes what a probe in `folder` has left that was cut off. */
  tidy(folder: string): Promise<void>;
  /** Goes by these from now on. */
  adapt(traits: ServerTraits): void;
}

export interface RemoteFolder extends Probing {
  /** All entries of a folder, `.` and `..` left out; symbolic links come as `other`. */
  list(folder: string): Promise<RemoteEntry[]>;
  /** `null` only when the server says that there is no such file. */
  stat(path: string): Promise<RemoteStat | null>;
  /**
   * Writes the remote file to `localPath` (created new, mode 0600), fsynced. Verified: the bytes written equal the size stated before and
   * after, or are read twice where sizes are unreliable, else `REMOTE_CHANGED`. Leaves no local file when it fails. Refuses more than `maxBytes` with `FILE_TOO_LARGE`.
   */
  fetch(path: string, localPath: string, maxBytes: number): Promise<Transferred>;
  /**
   * Brings the local file to `path`: temporary name beside it, upload, read-back check (`REMOTE_UNVERIFIED`), rename. `REMOTE_EXISTS` when the name is
   * taken by other bytes; resolves when it already holds the same bytes. The final name is never partial.
   * @param whenWhole awaited when all of it lies there, verified, before it may get its final name; what could not get it is then left for the next try
   */
  put(localPath: string, path: string, whenWhole?: () => Promise<void>): Promise<Transferred>;
  /** Whether what a `put` to this path has brought lies under its temporary name. */
  holdsUpload(path: string): Promise<boolean>;
  /** Removes what a `put` to this path has left that was cut off and is not tried again. */
  abandon(path: string): Promise<void>;
  /**
   * Makes a small file at once under its own name, which must be free; not verified, and a failure may leave it there. For files of which nothing but the
   * name counts.
   */
  make(path: string, text: string): Promise<void>;
  /** Renames without ever replacing a file: `REMOTE_EXISTS` when `to` is taken, `REMOTE_MISSING` when `from` is gone. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Makes the folder and those around it where they are missing. */
  makeFolder(path: string): Promise<void>;
  /** Proves that files can be made, renamed and removed in `folder` and leaves nothing behind. */
  probeWritable(folder: string): Promise<void>;
  /** The same folder, on the same connection, whose renames and removals ask the permit when they are about to leave; they fail with what it throws. */
  permittedBy(permit: Permit): RemoteFolder;
  /** Ends all connections within the deadline; never fails. */
  close(): Promise<void>;
}
