import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import type { CompiledMapping, PlannedRead, Taken } from '../../src/mapping/types.ts';
import { answered, load, mapRow, problemsOf } from './fixtures.ts';

/** Brand and model by their names; the codes of both go into the order. */
const named = `system: shop
columns:
  Id: { type: code, required: true }
  Kind: { type: text }
  Brand: { type: text }
  Model: { type: text }
order: Id
actions:
  Order:
    operation: Order/create
    reads:
      brand:
        operation: Brand/list
        cache: 10m
        request: { kind: { column: Kind } }
        pick: { where: { name: { column: Brand } } }
      model:
        operation: Model/list
        request: { brand: { read: brand, path: code }, kind: { column: Kind } }
        pick: { list: models, where: { name: { column: Model } } }
    required: [Brand, Model]
    request:
      id: { column: Id }
      note: { read: model, path: code }
acknowledgement:
  keys: [Id]
  columns: [Code, Message]
  cells: { Code: $code, Message: $message }
`;

const row = { Id: 'A', Kind: 'phone', Brand: 'Aurora', Model: 'P 12' };
const brands = [
  { code: 'AUR', name: 'Aurora' },
  { code: 'AUR-X', name: 'Aurora X' },
  { code: 'BOR', name: 'Boreal' },
];

function read(mapping: CompiledMapping, name: string) {
  const found = [...mapping.actions.values()].flatMap(({ reads }) => reads).find((one) => one.name === name);
  if (!found) throw new Error(`no read ${name}`);
  return found;
}

const plannedOf = (mapping: CompiledMapping, cells: Record<string, string>): readonly PlannedRead[] =>
  mapRow(mapping, cells).plan?.reads ?? [];

/** What a read of a list gives to a row. */
function pick(mapping: CompiledMapping, name: string, cells: Record<string, string>, list: Json): Taken {
  const planned = plannedOf(mapping, cells).find((one) => one.name === name);
  if (!planned) throw new Error(`${name} is not read for this row`);
  return read(mapping, name).take(answered(list), planned, {});
}

const refusalOf = (taken: Taken): string | undefined =>
  'refusal' in taken ? `${taken.refusal.code}: ${taken.refusal.message}` : undefined;

describe('an entry of a list', () => {
  it('is found by what the row says, whatever the letter case and the blanks', async () => {
    const mapping = await load(named);
    expect(plannedOf(mapping, row)).toEqual([
      { name: 'brand', request: { kind: 'phone' }, where: { name: 'Aurora' } },
      { name: 'model', request: { kind: 'phone' }, where: { name: 'P 12' } },
    ]);
    expect(pick(mapping, 'brand', row, brands)).toEqual({ answer: brands[0] });
    expect(pick(mapping, 'brand', { ...row, Brand: 'aurora  x' }, brands)).toEqual({ answer: brands[1] });
    const models = { models: [{ code: 'M1', name: 'p 12' }] };
    expect(pick(mapping, 'model', row, models)).toEqual({ answer: models.models[0] });
  });

  it('that is not there refuses the row, with the list, the value and the nearest ones', async () => {
    const mapping = await load(named);
    const taken = pick(mapping, 'brand', { ...row, Brand: 'Aurora Y' }, brands);
    expect(refusalOf(taken)).toBe(
      'NOT_LISTED: Brand/list lists nothing with name "Aurora Y"; the nearest: "Aurora", "Aurora X"; nothing was sent',
    );
    expect(taken).toMatchObject({ seen: { entries: 3 } });
    expect(refusalOf(pick(mapping, 'brand', { ...row, Brand: 'Zenith' }, brands))).toBe(
      'NOT_LISTED: Brand/list lists nothing with name "Zenith"; nothing was sent',
    );
    expect(refusalOf(pick(mapping, 'model', row, { other: [] }))).toContain('gave no list');
  });

  it('is not repeated in the refusal when it is personal', async () => {
    const mapping = await load(
      named.replace('Brand: { type: text }', 'Brand: { type: text, personal: true }'),
    );
    const said = refusalOf(pick(mapping, 'brand', { ...row, Brand: 'Auroro' }, brands));
    expect(said).toBe('NOT_LISTED: Brand/list lists nothing with the name of this line; nothing was sent');
  });

  it('that is there twice is none, unless one of them is written exactly so', async () => {
    const mapping = await load(named);
    const twins = [
      { code: '1', name: 'AURORA' },
      { code: '2', name: 'Aurora' },
      { code: '3', name: 'aurora' },
    ];
    expect(pick(mapping, 'brand', row, twins)).toEqual({ answer: twins[1] });
    expect(refusalOf(pick(mapping, 'brand', { ...row, Brand: 'auRora' }, twins))).toContain(
      'NOT_LISTED: Brand/list lists 3 entries with the same name',
    );
  });

  it('may lack a value that the order cannot do without', async () => {
    const mapping = await load(named);
    expect(refusalOf(pick(mapping, 'brand', row, [{ name: 'Aurora' }]))).toContain('no usable code');
  });
});

describe('a read', () => {
  it('takes values of the reads before it, and only of these', async () => {
    const mapping = await load(named);
    const finish = (given: Record<string, Json>) => read(mapping, 'model').finish({ kind: 'phone' }, given);
    expect(finish({ brand: { code: 'AUR' } })).toEqual({ kind: 'phone', brand: 'AUR' });
    const looped = named.replace(
      'request: { kind: { column: Kind } }',
      'request: { kind: { read: model, path: x } }',
    );
    expect(await problemsOf(looped)).toEqual([expect.stringContaining('no read "model" is made before')]);
  });

  it('serves other rows only for the time that the mapping says', async () => {
    const mapping = await load(named);
    expect([read(mapping, 'brand').cacheMs, read(mapping, 'model').cacheMs]).toEqual([600_000, null]);
    expect(await problemsOf(named.replace('cache: 10m', 'cache: 10 minutes'))).toEqual([
      expect.stringContaining('a duration such as 30s, 10m or 1h'),
    ]);
  });

  it('is not made for a row that has nothing to look for, and then demands nothing', async () => {
    const free = named
      .replace('    required: [Brand, Model]\n', '')
      .replace(
        'request: { brand: { read: brand, path: code }, kind',
        'request: { brand: { column: Brand }, kind',
      );
    const mapping = await load(free);
    expect(plannedOf(mapping, { Id: 'A' })).toEqual([]);
    expect(plannedOf(mapping, { Id: 'A', Brand: 'AUR', Model: 'P 12' })).toHaveLength(2);
    expect(mapRow(mapping, { Id: 'A', Model: 'P 12' }).violations).toMatchObject([
      { column: 'Brand', rule: 'Order needs "Brand"' },
    ]);
  });

  it('may fail without harm only where nothing demands what it gives', async () => {
    const optional = named.replace('cache: 10m', 'onFailure: empty');
    expect(await problemsOf(optional)).toEqual([
      expect.stringMatching(/"brand" must have a value, and this read may give none \| Remove "onFailure"/),
    ]);
    const fromModel = named.replace('pick: { list: models', 'onFailure: empty\n        pick: { list: models');
    const mapping = await load(fromModel);
    expect(pick(mapping, 'model', row, { models: [] })).toEqual({ answer: null });
    const refused = answered(null, { accepted: false, code: 'E1' });
    const [, planned] = plannedOf(mapping, row);
    expect(planned && read(mapping, 'model').take(refused, planned, {})).toEqual({ answer: null });
  });

  it('that gives what must be there needs columns that are always filled', async () => {
    expect(await problemsOf(named.replace('required: [Brand, Model]', 'required: [Model]'))).toEqual([
      expect.stringMatching(
        /"brand" must have a value, and "Brand" may be empty \| Add "Brand" to "required"/,
      ),
    ]);
  });

  it('names no list where the list is known', async () => {
    const paged = named
      .replace('operation: Model/list', 'operation: Stock/list')
      .replace('request: { brand: { read: brand, path: code }, kind: { column: Kind } }', 'request: {}');
    expect(await problemsOf(paged)).toEqual([
      expect.stringMatching(/Stock\/list comes page by page.* \| Remove "list"/),
    ]);
  });
});

describe('what a row asks for', () => {
  it('is told from what another one does by what their reads look for', async () => {
    const mapping = await load(named);
    const order = mapping.actions.get('Order');
    const identity = (cells: Record<string, string>) => {
      const { plan } = mapRow(mapping, cells);
      return JSON.stringify(plan && order?.identity(plan));
    };
    expect(identity(row)).toBe(identity(row));
    expect(identity({ ...row, Model: 'P 13' })).not.toBe(identity(row));
    // The order takes nothing of the brand but through the model.
    expect(identity({ ...row, Brand: 'Boreal' })).not.toBe(identity(row));
  });
});

describe('a value of a read', () => {
  it('may stand in a list of one, also where the row adds nothing to it', async () => {
    const listed = named.replace(
      'note: { read: model, path: code }',
      'gifts: { list: [{ fields: { to: { read: model, path: code }, kind: { column: Kind } } }] }',
    );
    const mapping = await load(listed);
    const order = mapping.actions.get('Order');
    const finished = (cells: Record<string, string>) =>
      order?.finish(mapRow(mapping, cells).plan?.request ?? {}, { model: { code: 'M1' } });
    expect(finished(row)).toEqual({ id: 'A', gifts: [{ to: 'M1', kind: 'phone' }] });
    expect(finished({ ...row, Kind: '' })).toEqual({ id: 'A', gifts: [{ to: 'M1' }] });
    const several = listed.replace(
      'list: [{ fields',
      'list: [{ fields: { to: { column: Kind } } }, { fields',
    );
    expect(await problemsOf(several)).toEqual([expect.stringContaining('in a list of several')]);
  });
});
