/** Fixed date formats and their parser. A general date library reads 72,000 values a second; a row has up to five dates. */

export const dateFormats = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'YYYY.MM.DD',
  'YYYYMMDD',
  'DD/MM/YYYY',
  'DD-MM-YYYY',
  'DD.MM.YYYY',
  'DDMMYYYY',
  'MM/DD/YYYY',
  'MM-DD-YYYY',
  'MMDDYYYY',
  'DD-MMM-YYYY',
  'DD MMM YYYY',
] as const;

export const dateTimeFormats = [
  'YYYY-MM-DD HH:mm:ss',
  'YYYY-MM-DD HH:mm',
  'YYYY-MM-DDTHH:mm:ss',
  'YYYY-MM-DDTHH:mm:ssZ',
  'YYYYMMDDHHmmss',
  'DD/MM/YYYY HH:mm:ss',
  'DD/MM/YYYY HH:mm',
  'DD.MM.YYYY HH:mm:ss',
  'DD.MM.YYYY HH:mm',
  'MM/DD/YYYY HH:mm:ss',
  'MM/DD/YYYY HH:mm',
] as const;

/** Year, month (1 to 12), day, hour, minute, second. */
export type Moment = readonly [number, number, number, number, number, number];

const tokens = ['YYYY', 'MM', 'DD', 'HH', 'mm', 'ss'] as const;
const tokenPattern = /YYYY|MMM|MM|DD|HH|mm|ss/g;
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** Two of the formats that one text could fit with different meanings, e.g. DD/MM/YYYY and MM/DD/YYYY; else `null`. */
export function readableAlike(formats: readonly string[]): readonly [string, string] | null {
  const seen = new Map<string, string>();
  for (const format of formats) {
    const shape = format.replace(tokenPattern, (token) =>
      token === 'MMM' ? 'AAA' : '9'.repeat(token.length),
    );
    const earlier = seen.get(shape);
    if (earlier !== undefined && earlier !== format) return [earlier, format];
    seen.set(shape, format);
  }
  return null;
}

/** A parser for one format: `null` when the text has another shape. Whether the day exists is not its business. */
export function momentParser(format: string): (text: string) => Moment | null {
  const at = tokens.map((token) => (format.includes('MMM') && token === 'MM' ? -1 : format.indexOf(token)));
  const [year = -1, month = -1, day = -1, hour = -1, minute = -1, second = -1] = at;
  const monthName = format.indexOf('MMM');
  const literals = [...format.replace(tokenPattern, (token) => '\0'.repeat(token.length))]
    .map((char, index) => ({ index, code: char.charCodeAt(0) }))
    .filter(({ code }) => code !== 0);
  return (text) => {
    if (text.length !== format.length) return null;
    for (const { index, code } of literals) if (text.charCodeAt(index) !== code) return null;
    const monthNumber =
      monthName < 0
        ? digits(text, month, 2)
        : months.indexOf(text.slice(monthName, monthName + 3).toUpperCase()) + 1;
    const moment: Moment = [
      digits(text, year, 4),
      monthNumber,
      digits(text, day, 2),
      digits(text, hour, 2),
      digits(text, minute, 2),
      digits(text, second, 2),
    ];
    return moment.includes(Number.NaN) ? null : moment;
  };
}

/** A part that the format does not have reads as 0. */
function digits(text: string, start: number, length: number): number {
  if (start < 0) return 0;
  let number = 0;
  for (let i = start; i < start + length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Writes a moment in a format of the lists above. */
export function writeMoment(format: string, moment: Moment): string {
  return format.replace(tokenPattern, (token) => {
    if (token === 'MMM') return titled(months[moment[1] - 1] ?? '');
    return pad(moment[tokens.indexOf(token as (typeof tokens)[number])] ?? 0, token.length);
  });
}

export const isoDay = (moment: Moment): string =>
  `${pad(moment[0], 4)}-${pad(moment[1], 2)}-${pad(moment[2], 2)}`;

const pad = (number: number, length: number): string => String(number).padStart(length, '0');
const titled = (word: string): string => word.charAt(0) + word.slice(1).toLowerCase();
