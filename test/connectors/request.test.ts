import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../src/base/json.ts';
import type { Operation } from '../../src/connectors/port.ts';
import { checkRequest, placeFields } from '../../src/connectors/request.ts';

const operation = (over: Partial<Operation> = {}): Operation => ({
  id: 'Thing/get',
  kind: 'read',
  method: 'GET',
  path: '/things/{id}/parts',
  purpose: 'for tests',
  request: z.looseObject({ id: z.union([z.string(), z.number()]) }),
  response: z.unknown(),
  repeat: { mode: 'safe' },
  reference: () => null,
  ...over,
});

describe('the fields of a request', () => {
  it('go into the path, and else into the query of a read', () => {
    const placed = placeFields(operation(), { id: 7, state: 'a b', types: ['x', 'y&z'] });
    expect(placed).toEqual({
      path: '/things/7/parts?state=a+b&types=x&types=y%26z',
      headers: {},
      body: null,
    });
  });

  it.each(['POST', 'PUT', 'PATCH'] as const)('go into the body of a %s, unless said otherwise', (method) => {
    const places = { Accept: 'header', page: 'query' } as const;
    const request = { id: 'a', Accept: 'text/csv', page: 2, name: 'x', tags: [1] };
    expect(placeFields(operation({ method, places }), request)).toEqual({
      path: '/things/a/parts?page=2',
      headers: { accept: 'text/csv' },
      body: { name: 'x', tags: [1] },
    });
  });

  it('can be called something else on the way', () => {
    const wireNames = { page: 'p', name: 'title' };
    const places = { page: 'query' } as const;
    const placed = placeFields(operation({ method: 'POST', wireNames, places }), {
      id: 'a',
      page: 1,
      name: 'x',
    });
    expect(placed).toMatchObject({ path: '/things/a/parts?p=1', body: { title: 'x' } });
  });

  it.each([['..'], ['.'], [''], [null], [['a']]])('cannot put %j into the path', (id) => {
    expect(() => placeFields(operation(), { id } as JsonObject)).toThrow(
      expect.objectContaining({ code: 'CALL_FAILED', retry: 'never' }),
    );
  });

  it('cannot lead out of their part of the path', () => {
    expect(placeFields(operation(), { id: '../x?y#z/%2f' }).path).toBe(
      '/things/..%2Fx%3Fy%23z%2F%252f/parts',
    );
  });

  it('cannot put a line break into a header', () => {
    const places = { note: 'header' } as const;
    expect(() => placeFields(operation({ places }), { id: 'a', note: 'x\r\ny: z' })).toThrow(
      expect.objectContaining({ code: 'CALL_FAILED', retry: 'never' }),
    );
  });

  it('are checked before anything is sent, all of them', () => {
    const request = z.strictObject({ id: z.string(), size: z.number() });
    expect(() => checkRequest({ id: 'Thing/get', request }, { id: 1, size: 'x' })).toThrow(/id: .*; size: /);
  });
});
