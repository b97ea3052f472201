import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cellsOf } from './tables.ts';

const at = (path: string): string => join(import.meta.dirname, '../..', path);
const page = await readFile(at('docs/reliability.md'), 'utf8');

/** `file: name · name · file: name` */
function testsIn(cell: string): [file: string, name: string][] {
  let file = '';
  return cell.split(' · ').map((part) => {
    const found = /^(test\/\S+\.test\.ts): (.*)$/.exec(part);
    file = found?.[1] ?? file;
    return [file, found?.[2] ?? part];
  });
}

const outcomes = cellsOf(page, 'input').map(([input, outcome, shownBy]) => [input, outcome, shownBy]);
const deadlines = cellsOf(page, 'what is waited for').map(([what, , over, shownBy]) => [what, over, shownBy]);

it.each([...outcomes, ...deadlines])(
  '%s: the tests that are to show it are there',
  async (_what, outcome, shownBy = '') => {
    expect(outcome).not.toBe('');
    for (const [file, name] of testsIn(shownBy)) {
      const source = (await readFile(at(file), 'utf8')).replaceAll("\\'", "'");
      expect(
        [`'${name}'`, `\`${name}\``, `"${name}"`].some((quoted) => source.includes(quoted)),
        name,
      ).toBe(true);
    }
  },
);
