import { describe, expect, test } from 'vitest';
import { displayName, inspectName, isUnfinished } from '../../src/remote/names.ts';

describe('inspectName', () => {
  test.each([
    'ContractSale_20250131.csv',
    'ContractSale_20250131_235959.csv',
    'a',
    'Größe.csv',
    '契約.csv',
    'two words.csv',
    'a..b.csv',
    '.hidden.csv',
    'CONTRACT.csv',
    'com.csv',
    'COM10.csv',
    'nulls.csv',
    'x'.repeat(255),
  ])('%j is safe', (name) => {
    expect(inspectName(name)).toEqual({ safe: true });
  });

  test.each([
    '',
    '.',
    '..',
    '../../etc/x',
    'a/b.csv',
    '/etc/passwd',
    'a\0.csv',
    'bad\ufffd.csv',
    'x'.repeat(256),
    'ü'.repeat(128),
  ])('%j is hostile and no path', (name) => {
    expect(inspectName(name)).toMatchObject({ safe: false, usableAsPath: false });
  });

  test.each([
    ['..\\..\\x.csv', /separator/],
    ['a\nb.csv', /line break/],
    ['a\rb.csv', /control/],
    ['a\x1b[2Jb.csv', /control/],
    ['a\u0085b.csv', /control/],
    ['a\u2028b.csv', /line break/],
    ['invoice\u202efdp.csv', /direction/],
    ['a\u2066b.csv', /direction/],
    ['a\u200bb.csv', /invisible/],
    ['=cmd.csv', /formula/],
    ['+1.csv', /formula/],
    ['-1.csv', /formula/],
    ['@sum.csv', /formula/],
    [' =cmd.csv', /formula/],
    ['＝cmd.csv', /formula/],
    ['CON', /device/],
    ['nul.csv', /device/],
    ['Com1.tar.gz', /device/],
    ['LPT9.csv', /device/],
    ['aux .csv', /device/],
    ['report.csv.', /dot or a space/],
    ['report.csv ', /dot or a space/],
  ])('%j is hostile, yet leads to its file', (name, why) => {
    expect(inspectName(name)).toMatchObject({
      safe: false,
      usableAsPath: true,
      why: expect.stringMatching(why),
    });
  });

  test('every verdict says what to do', () => {
    for (const name of ['..', '=x', 'CON', 'x.', 'x'.repeat(300)]) {
      const verdict = inspectName(name);
      expect(!verdict.safe && verdict.fix).toMatch(/\.$/);
    }
  });
});

test.each([
  'a.csv.part',
  'a.TMP',
  'a.filepart',
  'a.partial',
  'a.crdownload',
  '.a.csv.swp',
  'a.csv~',
  '.a.csv',
])('%j is unfinished', (name) => {
  expect(isUnfinished(name)).toBe(true);
});

test.each(['a.csv', 'part.csv', 'a.part.csv', 'tmp'])('%j is finished', (name) => {
  expect(isUnfinished(name)).toBe(false);
});

describe('displayName', () => {
  test('leaves plain names alone', () => {
    expect(displayName('Contract Sale-Größe_2025.csv')).toBe('Contract Sale-Größe_2025.csv');
  });

  test.each([
    ['a\r\nb', 'a\\u{d}\\u{a}b'],
    ['a\0b', 'a\\u{0}b'],
    ['x\u202efdp', 'x\\u{202e}fdp'],
    ['=cmd.csv', '\\u{3d}cmd.csv'],
    [' =cmd.csv', ' \\u{3d}cmd.csv'],
    ['<b onclick="x">', '\\u{3c}b onclick=\\u{22}x\\u{22}\\u{3e}'],
    ['../../etc/x', '..\\u{2f}..\\u{2f}etc\\u{2f}x'],
    ['\ud800', '\\u{fffd}'],
  ])('%j is shown as %j', (name, shown) => {
    expect(displayName(name)).toBe(shown);
  });

  test('is one printable line of bounded length, whatever comes', () => {
    const shown = displayName('\u0007\n\u202e'.repeat(500));
    expect(shown).toMatch(/^[\x20-\x7e]+…$/);
    expect(shown.length).toBeLessThan(1200);
  });
});
