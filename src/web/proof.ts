/** Whether it is the target that calls us. Pure; over the bytes as they came, and in constant time. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type Proof =
  | { kind: 'header'; name: string; value: string }
  | { kind: 'basic'; user: string; password: string }
  /**
   * The header has the HMAC-SHA256 of the body, `prefix` in front of it. With `date`, the header of that name, a line break and the body are signed, and a date
   * farther from now than the window is refused.
   */
  | {
      kind: 'hmac';
      secret: string;
      header: string;
      prefix: string;
      encoding: 'hex' | 'base64';
      date: string | null;
      windowMs: number;
    };

export function isProven(proof: Proof, headers: IncomingHttpHeaders, body: Buffer, now: number): boolean {
  switch (proof.kind) {
    case 'header':
      return isSame(textOf(headers[proof.name.toLowerCase()]), proof.value);
    case 'basic': {
      const expected = Buffer.from(`${proof.user}:${proof.password}`).toString('base64');
      return isSame(textOf(headers.authorization), `Basic ${expected}`);
    }
    case 'hmac':
      return isSigned(proof, headers, body, now);
  }
}

function isSigned(
  { secret, header, prefix, encoding, date, windowMs }: Extract<Proof, { kind: 'hmac' }>,
  headers: IncomingHttpHeaders,
  body: Buffer,
  now: number,
): boolean {
  const hmac = createHmac('sha256', secret);
  if (date !== null) {
    const written = textOf(headers[date.toLowerCase()]);
    if (!(Math.abs(now - Date.parse(written)) <= windowMs)) return false;
    hmac.update(`${written}\n`);
  }
  return isSame(textOf(headers[header.toLowerCase()]), prefix + hmac.update(body).digest(encoding));
}

/** A header that came twice proves nothing. */
const textOf = (value: string | string[] | undefined): string => (typeof value === 'string' ? value : '');

/** Hashed first: the comparison then takes as long whatever their lengths. */
const isSame = (given: string, right: string): boolean => timingSafeEqual(digest(given), digest(right));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
