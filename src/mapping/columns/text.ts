/** Free text, codes, e-mail addresses. */
import { nearest } from '../../base/nearest.ts';
import type { ColumnOf } from '../schema.ts';
import type { Broken, CellType } from './types.ts';

const control = /[\u0000-\u001f\u007f]/;
const unprintable: Broken = {
  rule: 'text without control characters and line breaks',
  fix: 'remove the invisible characters',
};
const changeCase = {
  'as-is': (text: string) => text,
  upper: (text: string) => text.toUpperCase(),
  lower: (text: string) => text.toLowerCase(),
};

export function wholePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

export function textType(spec: ColumnOf<'text'>): CellType {
  const tooLong = tooLongFor(spec.max);
  const tooShort: Broken = { rule: `at least ${spec.min} characters`, fix: 'write the value in full' };
  const shape = shapeCheck(spec.pattern, spec.example);
  const cased = changeCase[spec.case];
  return {
    kind: 'text',
    read(text) {
      if (text.length > spec.max) return tooLong;
      if (text.length < spec.min) return tooShort;
      if (control.test(text)) return unprintable;
      const value = cased(text);
      return shape?.(value) ?? value;
    },
  };
}

export function codeType(spec: ColumnOf<'code'>): CellType {
  const tooLong = tooLongFor(spec.max);
  const shape = shapeCheck(spec.pattern, spec.example);
  const cased = changeCase[spec.case];
  const replace = new Map(Object.entries(spec.replace).map(([from, to]) => [from.toUpperCase(), to]));
  const values = spec.values ? new Set(spec.values) : null;
  return {
    kind: 'text',
    read(text) {
      if (text.length > spec.max) return tooLong;
      if (control.test(text)) return unprintable;
      const value = (replace.size > 0 ? replace.get(text.toUpperCase()) : undefined) ?? cased(text);
      if (values && !values.has(value)) return notListed(value, [...values]);
      return shape?.(value) ?? value;
    },
  };
}

export function notListed(value: string, allowed: readonly string[]): Broken {
  const near = nearest(value, allowed);
  const shown = allowed.length > 10 ? [...allowed.slice(0, 10), '…'] : allowed;
  return {
    rule: `one of ${shown.join(', ')}`,
    fix: near ? `write ${near}, if that is meant` : `write one of ${shown.join(', ')}`,
  };
}

function tooLongFor(max: number): Broken {
  return { rule: `at most ${max} characters`, fix: `shorten it to ${max} characters` };
}

function shapeCheck(
  pattern: string | undefined,
  example: string | undefined,
): ((text: string) => Broken | null) | null {
  if (pattern === undefined) return null;
  const expression = wholePattern(pattern);
  const broken: Broken = {
    rule: `text of the form ${pattern}`,
    fix: example ? `write it like ${example}` : `write it in the form ${pattern}`,
  };
  return (text) => (expression.test(text) ? null : broken);
}

/** ASCII addresses as mailboxes really have them: no quoted local part, no comments, no bare host. Linear in time. */
const mailbox =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

export function emailType(): CellType {
  const broken: Broken = { rule: 'e-mail address', fix: 'write one address, e.g. name@example.com' };
  return {
    kind: 'text',
    read(text) {
      // RFC 5321 4.5.3.1: a local part has at most 64 characters, a path 256 with its two brackets.
      if (text.length > 254 || text.indexOf('@') > 64) return broken;
      return mailbox.test(text) ? text : broken;
    },
  };
}
