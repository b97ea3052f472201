import { expect, it } from 'vitest';
import { checksumText, statedChecksum } from '../../src/packing/checksum.ts';

const sum = 'ab'.repeat(32);
const other = 'cd'.repeat(32);

it('reads what it writes', () => {
  expect(statedChecksum(checksumText({ sha256: sum }, 'Sales.csv'), 'Sales.csv', 'sha256')).toBe(sum);
});

it.each([
  ['a checksum alone', sum],
  ['upper case and a Windows line end', `${sum.toUpperCase()}  Sales.csv\r\n`],
  ['binary mode, a path and a mark at the start', `\ufeff${sum} *./out/Sales.csv\n`],
  ['a line among others', `${other}  Claims.csv\n${sum}  Sales.csv\n`],
])('reads %s', (_, text) => {
  expect(statedChecksum(text, 'Sales.csv', 'sha256')).toBe(sum);
});

it.each([
  ['nothing', ''],
  ['half of one', sum.slice(0, 40)],
  ['one of another file', `${sum}  Claims.csv\n`],
  ['one of another algorithm', 'ab'.repeat(16)],
  ['several without names', `${sum}\n${other}\n`],
])('finds none in %s', (_, text) => {
  expect(statedChecksum(text, 'Sales.csv', 'sha256')).toBeNull();
});
