/** ASCII armor around a PGP message, taken off in one pass; strict, since what stands around it would be passed over otherwise. */
import { readRange } from '../base/local-copy.ts';
import { cutOff, damaged, somethingFollows } from './refusals.ts';

const begin = '-----BEGIN PGP MESSAGE-----';
const end = '-----END PGP MESSAGE-----';
const what = 'PGP message';
/** Lines of armor have at most 76 characters; headers may be longer. */
const MAX_LINE = 1024;
/** Lines are short, and writing each of them takes longer than reading them. */
const PIECE = 64 * 1024;

export const isArmored = (start: Uint8Array): boolean =>
  Buffer.from(start)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .startsWith('-----BEGIN PGP');

type Part = 'before' | 'headers' | 'body' | 'sum' | 'after';

/** The part that a line leads to; `null` where it may not stand. A line `=…` is a checksum, which says nothing about intent and is not looked at (RFC 9580, 6.1). */
const leadsTo: Readonly<Record<Part, (line: string) => Part | null>> = {
  before: (line) => (line === '' ? 'before' : line === begin ? 'headers' : null),
  headers: (line) => (line === '' ? 'body' : /^[A-Za-z]+: /.test(line) ? 'headers' : null),
  body: (line) => (line === end ? 'after' : line.startsWith('=') ? 'sum' : 'body'),
  sum: (line) => (line === end ? 'after' : null),
  after: (line) => (line === '' ? 'after' : null),
};

/** The bytes of the message. */
export async function* dearmored(path: string, label: string): AsyncGenerator<Buffer> {
  let part: Part = 'before';
  let rest = '';
  for await (const line of linesOf(path, label)) {
    const next: Part | null = leadsTo[part](line);
    if (next === null)
      throw part === 'after' ? somethingFollows(label, what, 'there are other bytes') : damaged(label, what);
    part = next;
    if (part !== 'body') continue;
    rest += line;
    if (rest.length < PIECE) continue;
    const whole = rest.length - (rest.length % 4);
    yield decoded(rest.slice(0, whole), label);
    rest = rest.slice(whole);
  }
  if (part !== 'after') throw cutOff(label, what);
  yield decoded(rest, label);
}

function decoded(text: string, label: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw damaged(label, what);
  return Buffer.from(text, 'base64');
}

async function* linesOf(path: string, label: string): AsyncGenerator<string> {
  let open = '';
  for await (const chunk of readRange(path)) {
    const lines = (open + chunk.toString('latin1')).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) yield shortLine(line, label);
    shortLine(open, label);
  }
  yield shortLine(open, label);
}

function shortLine(line: string, label: string): string {
  if (line.length > MAX_LINE) throw damaged(label, what);
  return line.replace(/^\u00ef\u00bb\u00bf/, '').trimEnd();
}
