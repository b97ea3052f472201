/**
 * Packing: what a file goes through between its content and the bytes that lie in a folder.
 *
 * - *pack*: content → gzip → PGP, encrypted and signed; either may be left out.
 * - *unpack*: the reverse. The result is content that was decrypted, proven and checked in full; before that, nothing of it is given out.
 * - *suffix*: what packing adds to a file name, `.gz`, `.pgp` or both.
 * - *companion*: a small file beside another, which says its checksum or that it is complete.
 */
import type { Transferred } from '../base/local-copy.ts';

/** A value that shows itself only when asked to. */
export interface Hidden {
  reveal(): string;
}

/** A private key, ours. */
export interface OwnKey {
  /** ASCII armor. */
  key: Hidden;
  passphrase: Hidden | null;
}

/** A public key of somebody else, which counts only when it is the one that was agreed. */
export interface PinnedKey {
  /** ASCII armor; may hold several keys. */
  key: Hidden;
  /** Hex, with or without blanks. */
  fingerprint: string;
}

export interface PackSpec {
  gzip: boolean;
  pgp: { encryptTo: readonly PinnedKey[]; signWith: OwnKey | null } | null;
}

export interface UnpackSpec {
  gzip: boolean;
  /** Content may be so many times as large as what it was unpacked from. */
  maxRatio: number;
  /** With keys to verify with, a signature by one of them is demanded. */
  pgp: { decryptWith: readonly OwnKey[]; verifyWith: readonly PinnedKey[] } | null;
}

export interface UnpackLimits {
  /** Of the content. */
  maxBytes: number;
  signal: AbortSignal;
  /** Told now and then how much was written since; may throw. */
  onBytes?(bytes: number): void;
}

/** A key that is in use. */
export interface KnownKey {
  /** Upper-case hex. */
  fingerprint: string;
  use: 'decrypt' | 'sign' | 'encrypt' | 'verify';
  /** `null` when it does not expire. */
  expiresAt: number | null;
}

export interface Packer {
  suffix: string;
  keys: readonly KnownKey[];
  /** Writes a new file, durable. PGP gives other bytes every time. Fails with `SPOOL_FAILED`; with `PGP_KEY` when a key can no longer be used. */
  pack(from: string, into: string, signal: AbortSignal): Promise<Transferred>;
}

export interface Unpacker {
  keys: readonly KnownKey[];
  /**
   * Writes the content to a new file, durable. Working copies in between have names that begin with that of `into`; none stays. Fails with `FILE_…` where the file is to
   * blame, and then leaves nothing.
   * @param label the file, as messages name it
   */
  unpack(from: string, into: string, label: string, limits: UnpackLimits): Promise<Transferred>;
}
