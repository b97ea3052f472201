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
