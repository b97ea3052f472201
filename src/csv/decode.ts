/** Strict decoding: bytes that mean nothing in the agreed encoding refuse the file; nothing is replaced or guessed. */
import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { TidegateError } from '../base/errors.ts';
import { Position } from './position.ts';

const noBytes = Buffer.alloc(0);
const plainFix = 'Save the file as UTF-8 and send it again, or agree on another encoding for this feed.';

/**
 * The chunks of a file as valid UTF-8 that ends between characters, without a byte order mark and free of NUL.
 * Throws `FILE_ENCODING` with line and column, for UTF-8 also with the byte offset.
 *
 * What no decoder can see: text in a one-byte encoding whose bytes happen to be valid in the agreed one.
 */
export async function* decodeStrictly(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
  file: string,
): AsyncGenerator<Buffer> {
  const decoder = isUtf8Name(encoding) ? new Utf8Decoder(file) : new ForeignDecoder(encoding, file);
  let first = true;
  for await (const chunk of chunks) {
    if (first) refuseForeignMark(chunk, encoding, file);
    first = false;
    const text = decoder.write(chunk);
    if (text.length > 0) yield text;
  }
  const rest = decoder.end();
  if (rest.length > 0) yield rest;
}

class Utf8Decoder {
  readonly #file: string;
  readonly #position = new Position();
  #offset = 0;
  #rest: Buffer = noBytes;

  constructor(file: string) {
    this.#file = file;
  }

  write(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = bytes.subarray(0, endOfWholeCharacters(bytes));
    this.#rest = bytes.subarray(whole.length);
    return this.#checked(whole);
  }

  end(): Buffer {
    if (this.#rest.length > 0) {
      const problem = `The file ends within a character, at offset ${this.#offset}: it may be cut off`;
      throw refusal(problem, 'UTF-8', this.#file, this.#position);
    }
    return this.#rest;
  }

  #checked(bytes: Buffer): Buffer {
    const nul = bytes.indexOf(0);
    const invalid = isUtf8(bytes) ? -1 : firstInvalidByte(bytes);
    if (nul !== -1 && (invalid === -1 || nul < invalid)) throw this.#nulFound(bytes, nul);
    if (invalid !== -1) throw this.#invalidFound(bytes, invalid);
    const mark = this.#offset === 0 && bytes.subarray(0, 3).equals(utf8Mark) ? 3 : 0;
    const text = bytes.subarray(mark);
    this.#offset += bytes.length;
    this.#position.advance(text);
    return text;
  }

  #invalidFound(bytes: Buffer, at: number): TidegateError {
    const value = bytes.readUInt8(at).toString(16).toUpperCase();
    return this.#refuse(
      bytes,
      at,
      `The byte 0x${value} at offset ${this.#offset + at} is not valid UTF-8; it looks like Windows-1252 or ISO-8859-1`,
    );
  }

  #nulFound(bytes: Buffer, at: number): TidegateError {
    const nuls = bytes.subarray(0, 64).filter((byte) => byte === 0).length;
    const hint = nuls * 4 > Math.min(64, bytes.length) ? '; the file looks like UTF-16' : '';
    return this.#refuse(bytes, at, `There is a NUL byte at offset ${this.#offset + at}${hint}`);
  }

  #refuse(bytes: Buffer, at: number, problem: string): TidegateError {
    this.#position.advance(bytes.subarray(0, at));
    return refusal(problem, 'UTF-8', this.#file, this.#position);
  }
}

class ForeignDecoder {
  readonly #encoding: string;
  readonly #file: string;
  readonly #decoder: iconv.DecoderStream;
  readonly #position = new Position();
  #bytes = 0;
  #rest = '';

  constructor(encoding: string, file: string) {
    this.#encoding = encoding;
    this.#file = file;
    this.#decoder = iconv.getDecoder(encoding);
  }

  write(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    const text = this.#rest + this.#decoder.write(chunk);
    // The decoder may hand out the two halves of a surrogate pair with different chunks.
    const cut = /[\uD800-\uDBFF]$/.test(text) ? text.length - 1 : text.length;
    this.#rest = text.slice(cut);
    return this.#checked(text.slice(0, cut));
  }

  end(): Buffer {
    const rest = this.#checked(this.#rest + (this.#decoder.end() ?? ''));
    // iconv-lite drops half a UTF-16 unit at the end in silence.
    if (isUtf16Name(this.#encoding) && this.#bytes % 2 !== 0) {
      throw refusal('The file ends within a character', this.#encoding, this.#file, this.#position);
    }
    return rest;
  }

  #checked(text: string): Buffer {
    const clean = text.isWellFormed() && !text.includes('\uFFFD') && !text.includes('\0');
    if (!clean) throw this.#refuse(text, text.search(/[\0\uFFFD\p{Surrogate}]/u));
    const bytes = Buffer.from(text);
    this.#position.advance(bytes);
    return bytes;
  }

  #refuse(text: string, at: number): TidegateError {
    this.#position.advance(Buffer.from(text.slice(0, at)));
    const problem = text[at] === '\0' ? 'There is a NUL character' : 'There are bytes that are no character';
    return refusal(`${problem} (in ${this.#encoding})`, this.#encoding, this.#file, this.#position);
  }
}

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A byte order mark says what a file is; when it contradicts what was agreed, it is right. */
function refuseForeignMark(first: Buffer, encoding: string, file: string): void {
  const [a, b] = first;
  const isUtf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  const found = isUtf16 ? 'UTF-16' : first.subarray(0, 3).equals(utf8Mark) ? 'UTF-8' : null;
  const agreed = isUtf8Name(encoding) ? 'UTF-8' : isUtf16Name(encoding) ? 'UTF-16' : encoding;
  if (found === null || found === agreed) return;
  throw refusal(
    `The file looks like ${found}: it starts with that byte order mark`,
    agreed,
    file,
    new Position(),
  );
}

function refusal(problem: string, expected: string, file: string, at: Position): TidegateError {
  return new TidegateError('FILE_ENCODING', problem, {
    place: { file, line: at.line, column: at.column },
    expected: `text in ${expected}`,
    fix: expected === 'UTF-8' ? plainFix : `Save the file as ${expected} and send it again.`,
  });
}

const isUtf8Name = (encoding: string): boolean => /^utf-?8$/i.test(encoding);
const isUtf16Name = (encoding: string): boolean => /^(utf-?16|ucs-?2)/i.test(encoding);

/** Where the last character that is cut off by the end of `bytes` starts, else their length. */
function endOfWholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

/** Offset of the first byte that starts no valid character: where a lenient decoder puts a U+FFFD that is not in the bytes. */
function firstInvalidByte(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf('\uFFFD'); at !== -1; at = text.indexOf('\uFFFD', from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes.toString('latin1', offset, offset + 3) !== '\xEF\xBF\xBD') return offset;
    offset += 3;
    from = at + 1;
  }
  return -1;
}
