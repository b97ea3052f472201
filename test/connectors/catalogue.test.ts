import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systems } from '../../src/app/implementations.ts';
import { describeOperation, type FieldEntry } from '../../src/connectors/catalogue.ts';
import type { Operation } from '../../src/connectors/port.ts';

function entryOf(system: string, id: string) {
  const operation = systems.get(system)?.get(id);
  if (operation === undefined) throw new Error(`no operation ${id}`);
  return describeOperation(system, operation, 'mapping');
}

const all = (fields: readonly FieldEntry[]): FieldEntry[] =>
  fields.flatMap((field) => [field, ...all(field.fields ?? [])]);

const find = (fields: readonly FieldEntry[], path: string): FieldEntry | undefined =>
  all(fields).find((field) => field.path === path);

describe('the list of operations', () => {
  it('tells how a batch is sent, how its job is asked for, and what becomes of a lost call', () => {
    expect(entryOf('myserve', 'Employees/synchronize')).toMatchObject({
      method: 'POST',
      path: '/api/v1/clients/employees/synchronize',
      kind: 'write',
      batch: { rows: 'data', rowKey: 'number', limit: null },
      async: { mode: 'poll', statusOperation: 'Employees/synchronizationStatus' },
      paging: null,
      repeat: 'safe',
    });
  });

  it('names the read that looks up a lost call, or says why nothing does', () => {
    expect(entryOf('servify', 'Contract/createContract')).toMatchObject({
      repeat: 'lookup',
      lookup: 'Contract/getContractInfo',
    });
    const { repeat, because } = entryOf('servo', 'Order/create');
    expect([repeat, because]).toEqual(['never', expect.stringContaining('no read finds an order')]);
  });

  it('tells which fields ask for a page, wherever they stand', () => {
    expect(entryOf('servify', 'Contract/getContractList').paging).toEqual({
      asks: ['Pagination.CurrentPage', 'limitFilter'],
      size: expect.any(Number),
      sizeCanBeAsked: true,
    });
  });

  it('names the field that takes our code for a callback', () => {
    const { async, request } = entryOf('servify', 'Async/Contract/createContract');
    expect(async).toEqual({ mode: 'callback', codeField: 'request-code' });
    expect(find(request, 'request-code')).toMatchObject({ in: 'header', required: true });
  });

  it('has fields inside of objects and lists under their whole path', () => {
    const { request } = entryOf('myserve', 'Devices/synchronize');
    expect(find(request, 'data')).toMatchObject({ type: 'object[]', required: true, in: 'body' });
    expect(find(request, 'data[].number')).toMatchObject({ name: 'number', type: 'string', required: true });
    expect(find(request, 'data[].email')).toMatchObject({ required: false });
    expect(find(request, 'data[].number')).not.toHaveProperty('in');
  });

  it('needs of several forms of an object only what all of them need, and lists the values of all', () => {
    const { request } = entryOf('myserve', 'Orders/create');
    expect(find(request, 'order_items[].request_type')).toMatchObject({
      required: true,
      enum: expect.arrayContaining(['new', 'replacement', 'accessory']),
    });
    expect(find(request, 'order_items[].number')).toMatchObject({ required: false });
  });

  it('says where each field goes, and whether others are taken', () => {
    const { request, takesAnything } = entryOf('service-orders', 'ServiceOrder/search');
    expect(request.map(({ name, in: place }) => [name, place])).toEqual(
      expect.arrayContaining([
        ['tenant', 'path'],
        ['page', 'query'],
      ]),
    );
    expect(takesAnything).toBe(true);
    expect(entryOf('servo', 'Order/create').takesAnything).toBe(false);
  });

  it('lists the kinds of value a field takes, and no choice where any text is taken too', () => {
    const request = z.strictObject({
      code: z.union([z.int(), z.string()]),
      day: z.iso.date(),
      size: z.enum(['S', 'M']).optional(),
      open: z.union([z.literal('S'), z.string()]),
      free: z.unknown().optional(),
      tags: z.array(z.string()),
      extra: z.record(z.string(), z.json()),
    });
    const operation: Operation = {
      ...{ id: 'a/b', kind: 'read', method: 'GET', path: '/a', purpose: 'x', request },
      ...{ response: z.unknown(), repeat: { mode: 'safe' }, reference: () => null },
    };
    const fields = describeOperation('x', operation, 'mapping').request;
    expect(fields.map(({ name, type, required }) => [name, type, required])).toEqual([
      ['code', 'number|string', true],
      ['day', 'string', true],
      ['size', 'string', false],
      ['open', 'string', true],
      ['free', 'any', false],
      ['tags', 'string[]', true],
      ['extra', 'object', true],
    ]);
    expect(fields.map(({ enum: values = null }) => values)).toEqual([
      ...[null, null, ['S', 'M'], null, null, null, null],
    ]);
    expect(fields[1]?.format).toBe('date');
  });

  it('can be made of every operation', () => {
    for (const [system, operations] of systems)
      for (const operation of operations.values()) {
        const { request } = describeOperation(system, operation, 'mapping');
        expect(request.map(({ name }) => name)).toEqual(Object.keys(operation.request.shape));
      }
  });
});
