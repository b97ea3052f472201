import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { pausable, pauseEnd } from '../../src/cli/pausable.ts';
import type { Config } from '../../src/config/types.ts';
import { start, typed } from '../support/cli.ts';
import { csv, sale } from '../support/sales.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('a pause', () => {
  let folder: string;
  let rehearsal: Rehearsal;
  let config: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
    rehearsal = await startRehearsal({ folder, fresh: true, schedule: '* * * * * *', stableFor: '50ms' });
    config = ['-c', rehearsal.configFolder];
    await writeFile(join(rehearsal.partnerRoot, 'in', 'Sales_20240611.csv'), csv([sale(1)]));
  });
  afterEach(async () => {
    await rehearsal.close();
    await rm(folder, { recursive: true, force: true });
  });
  const because = ['--because', 'a new layout'];
  const inbound = async () =>
    (await readdir(join(rehearsal.partnerRoot, 'in'))).filter((name) => !name.startsWith('.'));

  it('holds a feed until somebody ends it: once refuses, unless it is told not to, and status shows it', async () => {
    const paused = await typed(['pause', 'acme-sales', ...because, ...config]);
    expect(paused).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The feed acme-sales is paused'),
    });
    const refused = await typed(['once', ...config]);
    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/paused.*a new layout.*Nothing was begun/),
    });
    expect(await inbound()).toEqual(['Sales_20240611.csv']);
    expect((await typed(['status', ...config])).stdout).toMatch(
      /The feed acme-sales is paused, since .* a new layout\./,
    );
    const asked = JSON.parse((await typed(['status', '--json', ...config])).stdout);
    expect(asked.pauses).toMatchObject([
      { what: 'feed', name: 'acme-sales', until: null, because: 'a new layout' },
    ]);

    expect(await typed(['once', '--even-if-paused', ...config])).toMatchObject({ code: 0 });
    expect(await inbound()).toEqual([]);
    const resumed = await typed(['resume', 'acme-sales', '--because', 'done', ...config]);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('is over') });
    expect(await typed(['resume', 'acme-sales', '--because', 'done', ...config])).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining('NOT_OPEN') },
    });
    expect(await typed(['once', ...config])).toMatchObject({ code: 0 });
  });

  it('of a partner says so when a feed of it is resumed', async () => {
    await typed(['pause', 'partner:acme', ...because, ...config]);
    await typed(['pause', 'feed:acme-sales', ...because, ...config]);
    const resumed = await typed(['resume', 'acme-sales', '--because', 'done', ...config]);
    expect(resumed.stdout).toContain('The partner acme is paused');
  });

  it('is heeded by a run that goes on, and so is its end', async () => {
    await typed(['pause', 'acme', '--until', '3d', ...because, ...config]);
    const run = start(['run', ...config], {});
    await run.printed(/started/);
    await expect
      .poll(async () => (await typed(['status', ...config])).stdout)
      .toContain('The partner acme is paused until');
    expect(await inbound()).toEqual(['Sales_20240611.csv']);
    await typed(['resume', 'acme', '--because', 'done', ...config]);
    await expect.poll(inbound, { timeout: 30_000 }).toEqual([]);
    run.child.kill('SIGTERM');
    expect((await run.finished).code).toBe(0);
  });

  it('needs a name that is known, a reason and a time to come', async () => {
    const refused = async (...args: string[]) => (await typed([...args, ...config])).stderr;
    expect(await refused('pause', 'acme-sale', ...because)).toMatch(/NOT_FOUND.*Did you mean acme-sales/);
    expect(await refused('pause', 'acme', '--because', ' ')).toMatch(/the reason is empty/);
    expect(await refused('pause', 'acme', ...because, '--until', '2024-06-11')).toMatch(/is over already/);
    expect(await refused('pause', 'acme', ...because, '--until', 'tomorrow')).toMatch(/is no time/);
  });
});

describe('the end of a pause', () => {
  const now = Date.parse('2024-06-11T08:00:00Z');
  it.each([
    ['90m', '2024-06-11T09:30:00.000Z'],
    ['3d', '2024-06-14T08:00:00.000Z'],
    ['2024-06-12', '2024-06-11T22:00:00.000Z'],
    ['2024-06-12 18:00', '2024-06-12T16:00:00.000Z'],
    ['2024-06-12T18:00Z', '2024-06-12T18:00:00.000Z'],
    ['2024-12-12T18:00+05:30', '2024-12-12T12:30:00.000Z'],
  ])('%s is on the clock of the feed', (text, at) => {
    expect(new Date(pauseEnd(text, 'Europe/Berlin', now)).toISOString()).toBe(at);
  });

  it.each(['2024-02-30', '2024-13-01', '25:00', '0d', ''])('%s is none', (text) => {
    expect(() => pauseEnd(text, 'Europe/Berlin', now)).toThrow('is no time');
  });

  it('is not guessed where clocks differ', () => {
    expect(() => pauseEnd('2024-06-12', null, now)).toThrow('on which clock');
  });
});

it('a name that several things have is asked about', () => {
  const config = { feeds: { acme: {} }, partners: { acme: {} }, exports: {} } as unknown as Config;
  expect(() => pausable('acme', config)).toThrow('several things');
  expect(pausable('feed:acme', config)).toEqual({ what: 'feed', name: 'acme' });
});
