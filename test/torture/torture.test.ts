/** The proof of `npm run torture`, bounded: as many kill points as fit into a short time, and every negative control. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controls } from '../../torture/controls.ts';
import { openWorkshop, runControls, torture } from '../../torture/torture.ts';

const SECONDS = 20;
/** Few side by side: other test files run beside this one. */
const bounds = { seed: 'test', short: true, cells: 2 };

describe('the built command line, struck down again and again', () => {
  let folder: string;
  let workshop: Awaited<ReturnType<typeof openWorkshop>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-torture-'));
    workshop = await openWorkshop(folder);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('loses nothing, does nothing twice and leaves nothing half done, wherever it is killed', async () => {
    const violations: unknown[] = [];
    const { figures, catalogue } = await torture(
      workshop,
      { ...bounds, folder, ms: SECONDS * 1000, kills: Number.POSITIVE_INFINITY },
      {
        onCycle: () => undefined,
        onViolation: ({ plan, violations: found, kills }) => violations.push({ plan, found, kills }),
      },
    );
    expect(violations).toEqual([]);
    expect(figures.kills).toBeGreaterThan(0);
    expect(catalogue.size).toBeGreaterThan(80);
    expect(figures.resolved).toBeGreaterThan(0);
    expect(figures.supplements).toBeGreaterThanOrEqual(figures.decisions);
    const { rows, accepted, rejected, duplicate, parked } = figures.counts;
    expect(accepted + rejected + duplicate + parked).toBe(rows);
  }, 300_000);

  it('is caught when one of its safeties is cut out', async () => {
    const caught = await runControls(workshop, { ...bounds, folder });
    expect(caught.filter(({ found }) => found === null).map(({ control }) => control.name)).toEqual([]);
    expect(caught).toHaveLength(controls.length);
  }, 300_000);
});
