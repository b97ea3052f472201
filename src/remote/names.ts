/** Remote file names are chosen by strangers. These rules say which are safe to use, which to wait for, and how to show any of them. */

export type NameVerdict =
  | { safe: true }
  | {
      safe: false;
      /** Whether the name still leads to that one file when it is put behind its folder; if not, the file can only be left where it is. */
      usableAsPath: boolean;
      /** What is wrong, as the end of a sentence that starts with the name. */
      why: string;
      /** What the partner should do. */
      fix: string;
    };

/** Most file systems hold 255 bytes. */
const maxNameBytes = 255;

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;
/** Characters that reorder the text around them, so that `fdp.exe` reads as `exe.pdf`. */
const reordering = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const invisible = /[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]/u;
/** As spreadsheets see it: their full-width twins count, and blanks before them do not. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const windowsDevice =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\..*)?$/isu;
const unfinished = /^\.|(?:\.(?:part|tmp|filepart|partial|crdownload|swp)|~)$/i;

interface NameRule {
  broken(name: string): boolean;
  usableAsPath: boolean;
  why: string;
  fix: string;
}

const plainName = 'Send the file again under a plain name of letters, digits, dots, dashes and underscores.';

const rules: readonly NameRule[] = [
  { broken: (name) => name === '', usableAsPath: false, why: 'is empty', fix: plainName },
  {
    broken: (name) => Buffer.byteLength(name) > maxNameBytes,
    usableAsPath: false,
    why: `is longer than ${maxNameBytes} bytes`,
    fix: 'Shorten the name.',
  },
  {
    broken: (name) => name === '.' || name === '..',
    usableAsPath: false,
    why: 'names a folder, not a file',
    fix: plainName,
  },
  {
    broken: (name) => name.includes('/'),
    usableAsPath: false,
    why: 'contains a path separator',
    fix: plainName,
  },
  {
    broken: (name) => name.includes('\0'),
    usableAsPath: false,
    why: 'contains a NUL character',
    fix: plainName,
  },
  {
    // Bytes that are no UTF-8 were replaced while decoding; the file cannot be addressed by what is left.
    broken: (name) => name.includes('\ufffd') || !name.isWellFormed(),
    usableAsPath: false,
    why: 'is not valid UTF-8',
    fix: plainName,
  },
  {
    broken: (name) => name.includes('\\'),
    usableAsPath: true,
    why: 'contains a path separator of Windows',
    fix: plainName,
  },
  {
    broken: (name) => control.test(name),
    usableAsPath: true,
    why: 'contains a control character or a line break',
    fix: plainName,
  },
  {
    broken: (name) => reordering.test(name),
    usableAsPath: true,
    why: 'contains a character that reverses the direction of writing',
    fix: plainName,
  },
  {
    broken: (name) => invisible.test(name),
    usableAsPath: true,
    why: 'contains an invisible character',
    fix: plainName,
  },
  {
    broken: (name) => formula.test(name),
    usableAsPath: true,
    why: 'starts like a spreadsheet formula',
    fix: 'Let the name start with a letter or a digit.',
  },
  {
    broken: (name) => windowsDevice.test(name),
    usableAsPath: true,
    why: 'is the name of a Windows device',
    fix: 'Choose another name; CON, PRN, AUX, NUL, COM1 to COM9 and LPT1 to LPT9 are reserved with any extension.',
  },
  {
    broken: (name) => /[. ]$/.test(name),
    usableAsPath: true,
    why: 'ends with a dot or a space, which Windows drops',
    fix: 'Remove the last character from the name.',
  },
];

/** Pure. A leading dot is not hostile: it marks a hidden or unfinished file, see `isUnfinished`. */
export function inspectName(name: string): NameVerdict {
  const rule = rules.find((candidate) => candidate.broken(name));
  return rule
    ? { safe: false, usableAsPath: rule.usableAsPath, why: rule.why, fix: rule.fix }
    : { safe: true };
}

/** Whether the name is one that programs give to a file they are still writing, or hide. Such a file is waited for. */
export function isUnfinished(name: string): boolean {
  return unfinished.test(name);
}

const maxShownChars = 120;
/** Markup, links and quoting are escaped too, so that a name does nothing in a log, a mail or a page. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}\ufffd/\\<>&"'`]/gu;

/** Any name as one short printable line; what cannot be shown as it is comes as `\u{hex}`. Plain names are returned unchanged. */
export function displayName(name: string): string {
  const chars = [...name.toWellFormed()];
  const shown = chars.slice(0, maxShownChars).join('');
  const inert = shown
    .replace(unprintable, escapeChar)
    .replace(formula, (start) => `${start.slice(0, -1)}${escapeChar(start.slice(-1))}`);
  return chars.length > maxShownChars ? `${inert}…` : inert;
}

export const escapeChar = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
