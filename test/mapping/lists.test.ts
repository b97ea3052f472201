import { describe, expect, it } from 'vitest';
import { load, mapRow, minimal, oneColumn, problemsOf } from './fixtures.ts';

const tagged = minimal
  .replace('  Note: { type: text }', '  Tag 1: { type: text, max: 3 }\n  Tag 2: { type: text, max: 3 }')
  .replace(
    'note: { column: Note }',
    'tags: { list: [{ column: Tag 1 }, { column: Tag 2 }, { value: csv }] }',
  );

const noted = (request: string): string =>
  minimal.replace('Order/create', 'Order/note').replace('note: { column: Note }', request);

describe('a list', () => {
  it('has the members that have a value', async () => {
    const mapping = await load(tagged);
    const row = mapRow(mapping, { Id: 'A', Action: 'Create', 'Tag 2': 'b' });
    expect(row.plan?.request).toEqual({ id: 'A', tags: ['b', 'csv'] });
  });

  it('is left out when no member has a value', async () => {
    const mapping = await load(tagged.replace(', { value: csv }', ''));
    expect(mapRow(mapping, { Id: 'A', Action: 'Create' }).plan?.request).toEqual({ id: 'A' });
  });

  it('is no value of a field that takes none, and has no members of another type', async () => {
    const elsewhere = tagged.replace('tags:', 'note:');
    expect(await problemsOf(elsewhere)).toEqual([expect.stringContaining('"note" is no list')]);
    const numbers = tagged.replace('{ value: csv }', '{ value: 1 }');
    expect(await problemsOf(numbers)).toEqual([expect.stringContaining('does not take this value')]);
  });
});

const gifts = minimal
  .replace('  Note: { type: text }', '  To: { type: text, personal: true }\n  Kind: { type: text }')
  .replace(
    'note: { column: Note }',
    'gifts: { list: [{ fields: { to: { column: To }, kind: { column: Kind } } }, { fields: { to: { column: Kind }, kind: { value: same } } }] }',
  );

describe('a list of objects', () => {
  it('has those that the row says something of; a constant says nothing', async () => {
    const mapping = await load(gifts);
    const request = (row: Record<string, string>) =>
      mapRow(mapping, { Id: 'A', Action: 'Create', ...row }).plan?.request;
    expect(request({})).toEqual({ id: 'A' });
    expect(request({ To: 'Ada' })).toEqual({ id: 'A', gifts: [{ to: 'Ada' }] });
    expect(request({ To: 'Ada', Kind: 'b' })).toEqual({
      id: 'A',
      gifts: [
        { to: 'Ada', kind: 'b' },
        { to: 'b', kind: 'same' },
      ],
    });
  });

  it('demands what a member needs once the row says something of it', async () => {
    const mapping = await load(gifts.replace(/, \{ fields: \{ to: \{ column: Kind \}[^}]*\} \} \}/, ''));
    const { violations } = mapRow(mapping, { Id: 'A', Action: 'Create', Kind: 'b' });
    expect(violations).toMatchObject([{ column: 'To', rule: 'Create needs "To"' }]);
  });

  it('hides personal values inside of it', async () => {
    const mapping = await load(gifts);
    expect(mapping.maskJson('Create', { gifts: [{ to: 'Ada', kind: 'b' }] })).toEqual({
      gifts: [{ to: 'A•••', kind: 'b' }],
    });
  });

  it('of several takes no value of a read', async () => {
    const reading = gifts.replace('to: { column: To }', 'to: { read: quote, path: to }');
    expect(await problemsOf(reading)).toEqual([expect.stringContaining('in a list of several')]);
  });
});

const shipping = (fields: string): string =>
  minimal
    .replace('Order/create', 'Order/ship')
    .replace(/ {6}id: .*\n {6}note: .*/, `      parcels: { list: [{ fields: { ${fields} } }] }`);

describe('objects of several kinds', () => {
  it('are told apart by their constants', async () => {
    const mapping = await load(shipping('by: { value: sea }, ship: { column: Id }'));
    expect(mapRow(mapping, { Id: 'A', Action: 'Create' }).plan?.request).toEqual({
      parcels: [{ by: 'sea', ship: 'A' }],
    });
  });

  it('have the fields of their kind only, and all that it needs', async () => {
    expect(await problemsOf(shipping('by: { value: air }, ship: { column: Id }'))).toEqual([
      expect.stringContaining('needs "flight"'),
      expect.stringContaining('has no field "ship"'),
    ]);
    expect(await problemsOf(shipping('by: { value: rail }'))).toEqual([
      expect.stringContaining('is no object of these fields'),
    ]);
  });
});

describe('a mapping without a route', () => {
  const single = minimal
    .replace('  Action: { type: text, required: true }\n', '')
    .replace('route: { column: Action }\n', '');

  it('has every row do its one action', async () => {
    const row = mapRow(await load(single), { Id: 'A', Note: 'x' });
    expect(row).toMatchObject({ action: 'Create', plan: { request: { id: 'A', note: 'x' } } });
  });

  it('cannot have two actions', async () => {
    const second = single.replace(
      'acknowledgement:',
      '  Note:\n    operation: Order/note\n    request: { id: { column: Id } }\nacknowledgement:',
    );
    expect(await problemsOf(second)).toEqual([expect.stringContaining('nothing tells these actions apart')]);
  });
});

describe('an operation that takes fields which its documents do not name', () => {
  it('gets whatever the mapping gives, nested as it likes', async () => {
    const mapping = await load(
      noted('extra: { fields: { text: { column: Note }, list: { list: [{ column: Note }] } } }'),
    );
    const row = mapRow(mapping, { Id: 'A', Action: 'Create', Note: 'x' });
    expect(row.plan?.request).toEqual({ id: 'A', extra: { text: 'x', list: ['x'] } });
  });
});

describe('a time as a number', () => {
  it.each([
    ['epoch-seconds', 1718086500],
    ['epoch-milliseconds', 1718086500000],
  ])('is written in %s', async (as, expected) => {
    const rule = `{ type: date-time, formats: [YYYY-MM-DD HH:mm], zone: Europe/Berlin, as: ${as} }`;
    const map = await oneColumn(rule, 'price');
    expect(map('2024-06-11 08:15').plan?.request['price']).toBe(expected);
  });

  it('is text in UTC unless a number is asked for', async () => {
    const rule = '{ type: date-time, formats: [YYYY-MM-DD HH:mm], zone: UTC }';
    const map = await oneColumn(rule, 'note');
    expect(map('2024-06-11 08:15').plan?.request['note']).toBe('2024-06-11 08:15:00');
  });
});
