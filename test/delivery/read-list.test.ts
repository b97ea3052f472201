import { describe, expect, it } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import type { Json } from '../../src/base/json.ts';
import { always } from '../../src/base/permit.ts';
import type { CallResult, Connector, Paging } from '../../src/connectors/port.ts';
import { readList } from '../../src/delivery/read-list.ts';
import { createTarget } from '../../src/delivery/target.ts';
import { HeldClock, limits, operation, said } from './parts.ts';

const paging = (total: number | null): Paging => ({
  ask: (page, size) => ({ page, size }),
  size: 2,
  sizeCanBeAsked: true,
  items: (answer) => (Array.isArray(answer) ? (answer as readonly Json[]) : []),
  total: () => total,
});

/** Reads a list whose pages are these; the last one is given for ever. */
async function readPages(pages: readonly (Json | CallResult)[], total: number | null) {
  const clock = new HeldClock();
  const asked: { page: Json | undefined; at: number }[] = [];
  const connector: Connector = {
    system: 'test',
    operations: new Map(),
    async call(_operation, request) {
      asked.push({ page: request['page'], at: clock.now() });
      const page = pages[Math.min(asked.length, pages.length) - 1] ?? [];
      return Array.isArray(page) ? { ...said(true), answer: page } : (page as CallResult);
    },
    check: async () => '',
    close: async () => undefined,
  };
  const target = createTarget('test', connector, { ...limits, rate: { calls: 1, perMs: 1000 } }, clock);
  const ports = { target, signal: new AbortController().signal, permit: always };
  const result = await readList(
    operation('list', 'read', { mode: 'safe' }),
    paging(total),
    { id: 'x' },
    ports,
  );
  return { result, asked };
}

describe('a list of pages', () => {
  it('is read until its total is there, each page within the rate of the target', async () => {
    const { result, asked } = await readPages([[1, 2], [3, 4], [5]], 5);
    expect(result).toMatchObject({ accepted: true, answer: [1, 2, 3, 4, 5] });
    expect(asked.map(({ page }) => page)).toEqual([1, 2, 3]);
    expect(asked.map(({ at }) => at - (asked[0]?.at ?? 0))).toEqual([0, 1000, 2000]);
  });

  it('ends with a page that is not full where no total is told', async () => {
    const { result, asked } = await readPages([[1, 2], [3, 4], []], null);
    expect(result).toMatchObject({ answer: [1, 2, 3, 4] });
    expect(asked).toHaveLength(3);
  });

  it('ends when nothing more comes, whatever the total says', async () => {
    const { result } = await readPages([[1, 2], []], 9);
    expect(result).toMatchObject({ answer: [1, 2] });
  });

  it('is refused as a whole when one of its pages is', async () => {
    const { result } = await readPages([[1, 2], said(false, 'E1')], null);
    expect(result).toMatchObject({ accepted: false, code: 'E1' });
  });

  it('without an end is given up', async () => {
    const { result, asked } = await readPages([[1, 2]], null);
    expect(result).toBeInstanceOf(TidegateError);
    expect(result).toMatchObject({ code: 'CALL_FAILED', retry: 'never' });
    expect(asked).toHaveLength(100);
  });
});
