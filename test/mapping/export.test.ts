import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systems } from '../../src/app/implementations.ts';
import { TidegateErrors } from '../../src/base/errors.ts';
import { loadExportMapping } from '../../src/mapping/export/load.ts';
import { wallClocksOf } from '../../src/mapping/export/request.ts';
import type { CompiledExport, ListSource } from '../../src/mapping/export/types.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
});
afterEach(() => vi.useRealTimers());
afterEach(() => rm(folder, { recursive: true }));

async function load(text: string): Promise<CompiledExport> {
  const file = join(folder, 'x.export.yaml');
  await writeFile(file, text);
  return loadExportMapping(file, systems);
}

const span = { from: Date.UTC(2026, 0, 5), to: Date.UTC(2026, 0, 6), timeZone: 'UTC' };

const claims = (list = '', columns = 'Id: { entry: ReferenceID }'): string => `
system: servify
list:
  operation: ServiceRequest/getClaimList
  request: { StartDate: { window: from, format: YYYY-MM-DD }, EndDate: { window: last, format: YYYY-MM-DD } }
  key: [ReferenceID]
${list}
columns:
  ${columns}
`;

const listIn = async (text: string): Promise<ListSource> => {
  const { source } = await load(text);
  if (source.kind !== 'list') throw new Error('it reads no list');
  return source;
};

describe('a mapping of an export is refused with the place and the nearest name', () => {
  it.each([
    ['an unknown system', claims().replace('servify', 'servfy'), 2, 'Did you mean "servify"?'],
    ['an unknown operation', claims().replace('getClaimList', 'getClaimsList'), 4, 'Did you mean'],
    ['one that writes', claims().replace('getClaimList', 'createClaimRequest'), 4, 'an export only reads'],
    ['an unknown field', claims().replace('StartDate', 'StartDay'), 5, 'has no field "StartDay"'],
    ['a missing field', claims().replace(/StartDate: \{[^}]*\}, /, ''), 5, 'StartDate'],
    [
      'a field of the wrong kind',
      claims().replace('format: YYYY-MM-DD', 'format: epoch-seconds'),
      5,
      'StartDate',
    ],
    [
      'the field of the page',
      claims().replace('StartDate', 'Pagination: { value: {} }, StartDate'),
      5,
      'filled by itself',
    ],
    [
      'no key for pages',
      claims().replace('  key: [ReferenceID]', ''),
      3,
      'what tells one entry from another',
    ],
    ['a size that cannot be asked for', claims('  pageSize: 50'), 7, 'pages of its own size'],
    ['a path of a list that is known', claims('  entries: ClaimList'), 7, 'its list is known'],
    ['a bound without a format', claims('', 'Id: { window: from }'), 9, 'needs a format'],
    [
      'two formats',
      claims('', 'Id: { entry: a, decimal: { places: 2 }, replace: { a: b } }'),
      9,
      'cannot go together',
    ],
    ['a date of no format', claims('', 'Id: { entry: a, date: { as: iso } }'), 9, 'Add from'],
    [
      'an unknown zone',
      claims('', 'Id: { entry: a, date: { from: iso, as: iso, zone: Berlin } }'),
      9,
      'not a time zone',
    ],
    ['a detail of nothing', claims('', 'Id: { detail: a }'), 9, 'there is no "detail" here'],
    ['a column of a feed', claims('', 'Id: { field: a }'), 9, 'there is no "field" here'],
    ['a part of a text', claims('', 'Id: { entry: ReferenceID.a }'), 9, 'the answer has no "a"'],
  ])('%s', async (_what, text, line, words) => {
    const error = await load(text).catch((thrown: unknown) => thrown);
    if (!(error instanceof TidegateErrors)) throw error;
    expect(error.errors.map(({ place }) => place?.line)).toContain(line);
    expect(error.message).toContain(words);
  });

  it('a list and rows together', async () => {
    await expect(load(`${claims()}rows: {}\n`)).rejects.toThrow('it must be list or rows');
  });
});

describe('a line', () => {
  it.each([
    ['{ entry: a, decimal: { places: 2 } }', { a: 12 }, '12.00'],
    ['{ entry: a, decimal: { places: 2 } }', { a: '12.5' }, '12.50'],
    ['{ entry: a, decimal: { places: 2, separator: "," } }', { a: -0.05 }, '-0,05'],
    ['{ entry: a, decimal: { places: 0 } }', { a: '7.00' }, '7'],
    [
      '{ entry: a, decimal: { places: 2 } }',
      { a: '123456789012345678901234.10' },
      '123456789012345678901234.10',
    ],
    ['{ entry: a, date: { from: epoch-seconds, as: iso } }', { a: 1767571200 }, '2026-01-05T00:00:00Z'],
    ['{ entry: a, date: { from: DD.MM.YYYY, as: YYYYMMDD } }', { a: '05.01.2026' }, '20260105'],
    [
      '{ entry: a, date: { from: "YYYY-MM-DD HH:mm", as: "DD/MM/YYYY HH:mm", asZone: Asia/Kolkata } }',
      { a: '2026-01-05 20:00' },
      '06/01/2026 01:30',
    ],
    ['{ entry: a, replace: { 1: Active } }', { a: 1 }, 'Active'],
    ['{ firstOf: [{ entry: b }, { entry: a }] }', { a: 'x', b: '' }, 'x'],
    ['{ entry: a }', { a: ['x', 1] }, '["x",1]'],
    ['{ entry: a }', {}, ''],
    ['{ entry: a }', { a: null }, ''],
    ['{ entry: a }', { a: false }, 'false'],
    ['{ window: last, date: { as: YYYY-MM-DD } }', {}, '2026-01-05'],
  ])('has for %s of %j: %s', async (column, entry, cell) => {
    expect((await listIn(claims('', `Id: ${column}`))).cells(entry, null, span)).toEqual([cell]);
  });

  it.each([
    ['{ entry: a, decimal: { places: 2 } }', { a: 1.005 }],
    ['{ entry: a, decimal: { places: 2 } }', { a: '1e3' }],
    ['{ entry: a, decimal: { places: 2 } }', { a: 'secret' }],
    ['{ entry: a, date: { from: YYYY-MM-DD, as: iso } }', { a: '2026-02-30' }],
    ['{ entry: a, date: { from: iso, as: iso } }', { a: 'secret' }],
    ['{ entry: a, required: true }', { a: '' }],
  ])('is none for %s of %j, and the value is not repeated', async (column, entry) => {
    const source = await listIn(claims('', `Id: ${column}`));
    const line = (): string[] => source.cells(entry, null, span);
    expect(line).toThrow(expect.objectContaining({ code: 'EXPORT_VALUE', subject: 'column "Id"' }));
    expect(line).not.toThrow(/secret/);
  });
});

describe('an entry', () => {
  const within = '  within: { entry: at, format: iso }';

  it('belongs to the window that its moment lies in', async () => {
    const { belongs, byDays } = await listIn(claims(within));
    const moments = [
      '2026-01-04T23:59:59.999Z',
      '2026-01-05T00:00:00Z',
      '2026-01-05T23:59:59.999Z',
      '2026-01-06T00:00:00Z',
    ];
    expect(moments.map((at) => belongs({ at }, span))).toEqual([false, true, true, false]);
    expect(belongs({}, span)).toBeNull();
    expect(byDays).toBe(false);
    expect((await listIn(claims())).byDays).toBe(true);
    expect((await listIn(claims('  within: { entry: at, format: YYYY-MM-DD }'))).byDays).toBe(true);
  });

  it.each(['2026-07-01', '2027-01-01'])(
    'told by a clock that was set back is read alike on %s',
    async (today) => {
      vi.useFakeTimers({ now: Date.parse(today), toFake: ['Date'] });
      const told = [
        ['YYYY-MM-DD HH:mm:ss', '2026-10-25 02:15:00'],
        ['iso', '2026-10-25T02:15:00'],
        ['iso', '2026-10-25T02:15:00+02:00'],
      ] as const;
      for (const [format, at] of told) {
        const { belongs } = await listIn(
          claims(`  within: { entry: at, format: "${format}", zone: Europe/Berlin }`),
        );
        const window = (from: string, to: string) => ({
          from: Date.parse(from),
          to: Date.parse(to),
          timeZone: 'UTC',
        });
        expect(belongs({ at }, window('2026-10-25T00:00Z', '2026-10-25T01:00Z'))).toBe(true);
        expect(belongs({ at }, window('2026-10-25T01:00Z', '2026-10-25T02:00Z'))).toBe(false);
      }
    },
  );

  it('says on whose clocks it is told without an offset', async () => {
    const clocksOf = async (format: string) =>
      (await listIn(claims(`  within: { entry: at, format: ${format} }`))).wallClocks;
    expect(await clocksOf('iso')).toEqual([]);
    expect(await clocksOf('YYYY-MM-DDTHH:mm:ssZ')).toEqual([]);
    expect(await clocksOf('"YYYY-MM-DD HH:mm", zone: Asia/Tokyo')).toEqual(['Asia/Tokyo']);
    expect(await clocksOf('YYYYMMDDHHmmss')).toEqual([null]);
    const bounds = {
      from: { window: 'from', format: 'YYYYMMDDHHmmss' },
      to: { window: 'last', format: 'iso' },
    } as const;
    expect(wallClocksOf({ between: { fields: bounds } })).toEqual([null]);
  });

  it('is told by all of its key', async () => {
    const { key } = await listIn(claims().replace('[ReferenceID]', '[ReferenceID, Status]'));
    expect(key({ ReferenceID: 'a', Status: 'b' })).not.toBe(key({ ReferenceID: 'a', Status: 'c' }));
    expect(key({ ReferenceID: 'a' })).not.toBeNull();
    expect(key({})).toBeNull();
  });
});
