/**
 * Single values of the configuration. Each says in `title` what kind of value it is and in `expects` what would be right: the JSON Schema, the documentation
 * and the error messages are made from them.
 */
import iconv from 'iconv-lite';
import { validate as validateCron } from 'node-cron';
import { z } from 'zod';
import { isLoopback } from '../../base/loopback.ts';
import {
  durationPattern,
  parseDuration,
  parseSize,
  parseTerm,
  parseThreshold,
  percentPattern,
  sizePattern,
  type Threshold,
} from '../../base/units.ts';
import { weekdays } from '../../base/wall-clock.ts';
import { Secret } from '../secret.ts';

/** Timers beyond 2^31 ms fire at once, so durations are capped well below. */
const longestDurationMs = 24 * 3_600_000;

export const referencePattern = String.raw`^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$`;

export const duration = z
  .string()
  .regex(durationPattern)
  .refine(
    (text) => !durationPattern.test(text) || parseDuration(text) <= longestDurationMs,
    'is longer than 24h',
  )
  .transform(parseDuration)
  .meta({ title: 'duration', expects: 'a duration such as 500ms, 10s, 5m or 1h, at most 24h' });

export const size = z
  .string()
  .regex(sizePattern)
  .transform(parseSize)
  .meta({ title: 'size', expects: 'a size such as 512B, 64KB, 200MB or 1GB' });

export const threshold = z
  .union([z.string().regex(percentPattern), z.int().min(0)])
  .transform((value): Threshold => parseThreshold(value))
  .meta({ title: 'threshold', expects: 'a share such as 10% or a number of rows such as 50' });

/** To a share; more than all is possible. */
export const percentage = z
  .string()
  .regex(/^[1-9]\d{0,3}%$/)
  .transform((text) => Number.parseInt(text, 10) / 100)
  .meta({ title: 'percentage', expects: 'a percentage such as 50%' });

export const secret = z
  .custom<Secret>((value) => value instanceof Secret)
  .meta({
    title: 'secret',
    type: 'string',
    pattern: referencePattern,
    expects: 'a reference, ${env:NAME} or ${file:path}',
  });

export const text = z.string().min(1).meta({ title: 'text', expects: 'some text' });
export const flag = z.boolean().meta({ title: 'yes or no', expects: 'true or false' });
export const port = z
  .int()
  .min(1)
  .max(65_535)
  .meta({ title: 'port', expects: 'a port number from 1 to 65535' });
export const count = z.int().min(1).meta({ title: 'number', expects: 'a whole number from 1' });

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]*$/)
  .max(64)
  .meta({ title: 'name', expects: 'a name of lower-case letters, digits, hyphens and underscores' });

export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/)
  .meta({ title: 'host', expects: 'a host name or an IP address, without scheme, port or path' });

export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)
  .meta({ title: 'header', expects: 'the name of an HTTP header' });

export const emailAddress = z
  .string()
  .regex(/^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/)
  .meta({ title: 'mail address', expects: 'one plain mail address such as ops@example.com' });

/** Absolute, without empty, `.` or `..` parts, so that equal folders have equal names. */
export const remotePath = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[^/\0\r\n]+)+$/)
  .meta({
    title: 'remote folder',
    expects: 'an absolute path such as /in, without . or .. and without a slash at the end',
  });

export const folderName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/)
  .meta({ title: 'folder name', expects: 'one name of letters, digits, hyphens and underscores' });

export const dataTypeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
  .meta({ title: 'word', expects: 'letters, digits and hyphens, starting with a letter' });

export const hostKey = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/)
  .meta({ title: 'host key', expects: 'SHA256: and 43 characters, as `ssh-keygen -lf` prints it' });

export const baseUrl = z
  .string()
  .refine((value) => URL.canParse(value), 'is not a URL')
  .refine((value) => !URL.canParse(value) || isSafeUrl(new URL(value)), 'sends clear text over the network')
  .refine((value) => !URL.canParse(value) || isBareUrl(new URL(value)), 'has a user, a query or a fragment')
  .meta({
    title: 'URL',
    pattern: '^https?://',
    expects: 'an https:// URL; http:// only on the loopback address',
  });

/** Nothing goes over the network in clear text. */
export function isSafeUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isBareUrl(url: URL): boolean {
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

export const cron = z
  .string()
  .refine((value) => validateCron(value), 'is not a cron expression')
  .meta({
    title: 'cron',
    expects: 'five cron fields (minute hour day month weekday), or six with seconds first',
  });

export const timeZone = z
  .string()
  .refine(isTimeZone, 'is not a time zone known here')
  .meta({ title: 'time zone', expects: 'an IANA time zone such as Europe/Berlin or UTC' });

/** Offsets such as `+02:00` are accepted by Intl but know no daylight saving: only names are taken. */
function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export const weekday = z
  .enum(weekdays)
  .meta({ title: 'weekday', expects: 'a weekday in English, such as saturday' });

/** To milliseconds since midnight, on the clock on the wall. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .transform(sinceMidnight)
  .meta({ title: 'time of day', expects: 'a time of day such as 09:30' });

/** A day, `YYYY-MM-DD`, or one of every year, `MM-DD`. */
export const holiday = z
  .string()
  .refine(isHoliday, 'is not a date')
  .meta({ title: 'date', expects: 'a date such as 2026-04-03, or 12-25 for every year' });

/** A leap year has all days of all years. */
function isHoliday(text: string): boolean {
  const day = /^\d{2}-\d{2}$/.test(text) ? `2024-${text}` : text;
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && isDay(day);
}

function isDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}

/** To milliseconds since midnight, on the clock on the wall. */
export const workingHours = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .transform((text) => {
    const [from = '', to = ''] = text.split('-');
    return { from: sinceMidnight(from), to: sinceMidnight(to) };
  })
  .refine(({ from, to }) => from < to, 'ends before it begins')
  .meta({ title: 'hours', expects: 'hours of one day such as 09:00-17:00 or 00:00-24:00' });

function sinceMidnight(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return (hour * 60 + minute) * 60_000;
}

export const encoding = z
  .string()
  .refine((value) => iconv.encodingExists(value), 'is not a known encoding')
  .meta({ title: 'encoding', expects: 'an encoding such as utf-8, windows-1252 or iso-8859-15' });

export const character = z
  .string()
  .regex(/^[^\r\n]$/u)
  .meta({ title: 'character', expects: 'one character' });

export const fileNamePattern = z
  .string()
  .superRefine((value, context) => {
    const trouble = patternTrouble(value);
    if (trouble !== null) context.addIssue({ code: 'custom', message: trouble });
  })
  .meta({
    title: 'regular expression',
    format: 'regex',
    expects: 'a regular expression from ^ to $ with a group (?<date>…), and (?<time>…) if there is a time',
  });

function patternTrouble(value: string): string | null {
  try {
    new RegExp(value, 'u');
  } catch {
    return 'is not a regular expression';
  }
  if (!/^\^.*\$$/s.test(value)) return 'does not begin with ^ and end with $';
  return value.includes('(?<date>') ? null : 'has no group named date';
}

export const doneFileName = z
  .string()
  .regex(/^(?!\{name\}$)[^/\0]*\{name\}[^/\0]*$/)
  .meta({ title: 'file name', expects: 'a file name with {name} in it, such as {name}.done' });

export const fileSuffix = z
  .string()
  .regex(/^(\.[A-Za-z0-9]+)*$/)
  .meta({ title: 'file suffix', expects: 'dots and letters such as .enc, or nothing for none' });

export const pgpFingerprint = z
  .string()
  .regex(/^(?:\s*[0-9A-Fa-f]){40}(?:(?:\s*[0-9A-Fa-f]){24})?\s*$/)
  .meta({ title: 'PGP fingerprint', expects: '40 hexadecimal digits, as `gpg --fingerprint` prints them' });
export const outboundName = z
  .string()
  .regex(/^(?=.*\{stamp\})(?:[A-Za-z0-9_.-]|\{(?:dataType|stamp|split)\})+$/)
  .regex(/^(?![.-]).*[^.]$/)
  .meta({
    title: 'file name',
    expects: 'a name of letters, digits, hyphens, dots and underscores with {stamp} in it',
  });

export const replyName = z
  .string()
  .regex(/^(?:[A-Za-z0-9_.*-]|\{(?:stamp|split)\})+$/)
  .meta({
    title: 'file name',
    expects: 'a name of letters, digits, hyphens, dots, underscores and asterisks, and {stamp} where it is',
  });

export const term = z
  .string()
  .regex(/^[1-9]\d{0,3}(?: business (?:hours?|days?)|m|h|d)$/)
  .transform(parseTerm)
  .meta({ title: 'term', expects: 'a term such as 4 business hours, 2 business days, 90m, 6h or 1d' });
