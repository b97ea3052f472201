import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorCodes } from '../../src/base/errors.ts';
import { rowCodes } from '../../src/base/row-codes.ts';
import { eligibilityCodes } from '../../src/connectors/servify/eligibility.ts';
import { servifyErrors } from '../../src/connectors/servify/errors.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import { cellsOf } from './tables.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
const listed = (heading: string) =>
  cellsOf(page, heading).map(([code = '', meaning = '']): [string, string] => [code, meaning]);

it('lists every error code with its meaning, and no other', () => {
  expect(listed('code')).toEqual(Object.entries(errorCodes));
});

it('lists the codes of Servify with what they mean, and no other', () => {
  expect(listed('Servify code')).toEqual([...servifyErrors].map(([code, { meaning }]) => [code, meaning]));
});

it('lists the eligibility codes in the words that the partner gets', () => {
  expect(listed('eligibility code')).toEqual([...eligibilityCodes]);
});

it('lists the codes that rows get from us', () => {
  const codes = listed('row code').map(([code]) => code);
  expect(codes.toSorted()).toEqual(Object.values(rowCodes).toSorted());
});

it('says of every write what is done when its outcome is unknown', () => {
  const rows = cellsOf(page, 'operation').map(([names = '', done = '']) => ({
    names: names.split(', '),
    done,
  }));
  for (const { id, kind, repeat } of servifyOperations.values()) {
    if (kind === 'read') continue;
    const says = rows.find(({ names }) => names.includes(id.replace('Contract/', '')))?.done;
    expect(says, id).toMatch({ lookup: /is asked/, safe: /^sent again/, never: /^parked/ }[repeat.mode]);
  }
});
