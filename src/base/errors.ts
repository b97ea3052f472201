/**
 * Every error a person can meet has a stable code from this table, says what was wrong and where, what was expected and what to do,
 * and carries whether trying again can help. Nothing matches on error text.
 */

/** Stable codes; the text is the one-line meaning used by `docs/errors.md`. A code is never reused for another meaning. */
export const errorCodes = {
  CONFIG_INVALID: 'The configuration does not fit its schema.',
  CONFIG_SECRET: 'A secret named by ${env:…} or ${file:…} could not be read.',
  PGP_KEY: 'A PGP key is expired, revoked, too weak, unreadable or not the one that was agreed.',
  PGP_MISSING: 'PGP is configured, and the package that does it is not installed.',
  MAPPING_INVALID: 'A mapping file does not fit its schema or contradicts itself.',
  NAME_HOSTILE: 'A remote file name could be mistaken for a path, a formula or another name.',
  FILE_EMPTY: 'The file has no bytes, or no header.',
  FILE_TOO_LARGE: 'The file, a record or a field exceeds a limit of the feed.',
  FILE_TOO_MANY_ROWS: 'The file has more rows than the feed allows.',
  FILE_TOO_MANY_PARTS: 'The rows of the file would go into more outbound files than one source may give.',
  FILE_ENCODING: 'The bytes are not valid in the encoding of the feed.',
  FILE_HEADER: 'The header row does not match the header contract.',
  FILE_STRUCTURE:
    'The file cannot be cut into records: quotes, delimiters, a short, long or unfinished line.',
  FILE_TRAILER: 'The trailer does not agree with the rows.',
  FILE_CHECKSUM: 'The bytes are not those that the checksum file states.',
  FILE_PACKING:
    'The file is not packed as agreed: not at all, otherwise, cut off, or with something behind it.',
  FILE_DECRYPT: 'The file is not encrypted to our key, or was changed since it was encrypted.',
  FILE_SIGNATURE: 'The file is not signed, or not by a key that was agreed.',
  REMOTE_UNREACHABLE: 'The remote folder could not be reached.',
  REMOTE_AUTH: 'The server refused the login.',
  REMOTE_HOST_KEY: 'The server showed a host key that is not pinned.',
  REMOTE_DEADLINE: 'The server did not answer within the deadline.',
  REMOTE_FAILED: 'The server refused an operation.',
  REMOTE_MISSING: 'The remote file is not there.',
  REMOTE_EXISTS: 'The remote name is already taken.',
  REMOTE_CHANGED: 'The remote file changed while it was being read.',
  REMOTE_UNVERIFIED: 'The bytes that arrived are not the bytes that were sent.',
  FOLDER_TAKEN: 'Another installation holds the inbound folder, or whether this one does is not certain.',
  TARGET_DOWN: 'The target cannot take calls now; the file waits.',
  TARGET_REFUSES: 'The target refuses our credentials, keys or address; a person must act.',
  CALL_THROTTLED: 'The target asked to slow down.',
  CALL_FAILED: 'The call failed before it could have an effect.',
  CALL_IN_DOUBT: 'The call left, but its outcome is unknown.',
  CALL_QUEUED: 'The target has queued the work and not told the result yet; the file waits.',
  LEDGER_FAILED: 'The ledger cannot be read or written.',
  LEDGER_STALE: 'Another owner has taken over this arrival.',
  SPOOL_FAILED: 'The local spool cannot be read or written.',
  STORAGE_LOW: 'The disk of ledger and spool has too little free space to begin anything.',
  ARCHIVE_BROKEN: 'An archive is not as it was made.',
  EXPORT_INCOMPLETE: 'What an export is to hold could not be read in full; nothing was sent.',
  EXPORT_VALUE: 'A value of an export does not fit its column; nothing was sent.',
  ARRIVAL_WAITS: 'The file waits for another one that is still being worked on.',
  PARTNER_PAUSED: 'A person has paused the partner that a file is to be brought to; what needs it waits.',
  MAIL_FAILED: 'The mail could not be handed over.',
  CHANNEL_FAILED: 'A message could not be handed over to a gateway or webhook.',
  STOPPED: 'The work was stopped; it goes on at the next start.',
  USAGE: 'The command was called in a way it does not know.',
  NOT_FOUND: 'What the command names is not there.',
  NOT_OPEN: 'What the command names has no open question: there is nothing to decide or to work off again.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Whether trying again can help.
 * - `later`: nothing happened; the same thing may succeed later.
 * - `never`: nothing happened; it will not succeed until something is changed.
 * - `in-doubt`: it may have happened; find out before trying again.
 */
export type Retry = 'later' | 'never' | 'in-doubt';

/** A place in a text file; line and column start at 1. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
}

export interface ErrorDetails {
  /** What was worked on: a file name, a partner, an operation. Never a secret or a personal value. */
  subject?: string;
  place?: Place;
  /** What would have been right. */
  expected?: string;
  /** What the reader should do now. */
  fix?: string;
  retry?: Retry;
  /** The other side named a time to wait, in milliseconds. */
  retryAfterMs?: number;
  /** Since when nothing has moved, in epoch milliseconds. */
  since?: number;
  /** Whose server it is about, where that is not the partner of the feed. */
  partner?: string;
  cause?: unknown;
}

export class TidegateError extends Error {
  override readonly name = 'TidegateError';
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly subject: string | undefined;
  readonly place: Place | undefined;
  readonly expected: string | undefined;
  readonly fix: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly since: number | undefined;
  readonly partner: string | undefined;

  /** @param problem what was wrong, one sentence without a full stop, free of secrets and personal values */
  constructor(code: ErrorCode, problem: string, details: ErrorDetails = {}) {
    super(problem, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retry = details.retry ?? 'never';
    this.subject = details.subject;
    this.place = details.place;
    this.expected = details.expected;
    this.fix = details.fix;
    this.retryAfterMs = details.retryAfterMs;
    this.since = details.since;
    this.partner = details.partner;
  }
}

/** `file:line:column`, as editors and terminals make it clickable. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}

/** One paragraph for a person: where, code, problem, expected, fix. */
export function explain(error: unknown): string {
  if (!(error instanceof TidegateError)) return error instanceof Error ? error.message : String(error);
  const where = error.place ? `${formatPlace(error.place)}: ` : error.subject ? `${error.subject}: ` : '';
  const expected = error.expected ? ` Expected ${error.expected}.` : '';
  const fix = error.fix ? ` ${error.fix}` : '';
  return `${where}${error.code}: ${error.message}.${expected}${fix}`;
}

/** Several errors of one reading (all problems of a config, of a mapping), thrown together. */
export class TidegateErrors extends Error {
  override readonly name = 'TidegateErrors';
  readonly errors: readonly TidegateError[];

  constructor(errors: readonly TidegateError[]) {
    super(errors.map(explain).join('\n'));
    this.errors = errors;
  }
}
