import { describe, expect, it } from 'vitest';
import { inert, withoutGuard } from '../../src/csv/formula.ts';

describe('inert', () => {
  it.each([
    '=HYPERLINK("http://x","y")',
    '+cmd|calc',
    '-1+cmd|calc',
    '@SUM(A1)',
    ' =1+1',
    '\u00a0=1',
    '\u200b=1',
    '\u0001=1',
    '\ttext',
    '\rtext',
    '\ntext',
    '\n=1',
    '＝1',
    '＋1',
    '－1',
    '＠A1',
    '-',
    '- none',
    '-5\n',
    '+49 151 x',
    ' -5',
  ])('puts an apostrophe before %j', (text) => {
    expect(inert(text)).toBe(`'${text}`);
  });

  it.each([
    '',
    'text',
    'a=b',
    "'=1",
    ' text',
    '-5',
    '+5',
    '-1,234.50',
    '+49 151 2345',
    '+49 (151) 23/45-6',
    '0049',
    '1-2',
    '"=1"',
  ])('leaves %j alone', (text) => {
    expect(inert(text)).toBe(text);
  });
});

describe('the guard', () => {
  it.each(['=1+1', '@home', '-5 Side', '+cmd', '\t=x'])('comes off %j again', (text) => {
    expect(withoutGuard(inert(text))).toBe(text);
  });

  it.each(["O'Brien", "'", "'quoted'", "'-5", '', 'x'])('is not seen where there is none: %j', (text) => {
    expect(withoutGuard(text)).toBe(text);
  });
});
