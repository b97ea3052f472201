import { mkdir, mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { adoptFolder, demandFolder, type HoldPorts } from '../../src/exchange/hold.ts';
import { openSpool } from '../../src/exchange/spool.ts';
import type { Ledger } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { openLocalFolder } from '../../src/remote/local.ts';
import type { RemoteFolder } from '../../src/remote/port.ts';

const taken = expect.objectContaining({ code: 'FOLDER_TAKEN' });
const immediately = { ...systemClock, now: () => Date.UTC(2026, 10, 21), sleep: async () => undefined };
const adoption = { by: 'ann', because: 'the other machine is gone' };

let base: string;
let ledgers: [Ledger, Ledger, Ledger];
/** Every test has a partner and a folder of its own. */
let turn = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidegate-'));
  ledgers = [await ledgerIn('a'), await ledgerIn('b'), await ledgerIn('c')];
});
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close();
  await rm(base, { recursive: true });
});

const ledgerIn = (name: string): Promise<Ledger> => openLedger({ file: join(base, name, 'ledger.db') });

interface Scene {
  feed: {
    partner: string;
    folders: { in: string; out: string; processed: string; errored: string };
    marker: boolean;
  };
  wanted: { partner: string; folder: string };
  path: string;
  remote: RemoteFolder;
  ports(ledger: Ledger, remote?: RemoteFolder): Promise<HoldPorts>;
  markers(): Promise<string[]>;
}

async function scene(): Promise<Scene> {
  turn++;
  const [partner, folder] = [`partner-${turn}`, `/in-${turn}`];
  const path = join(base, folder);
  await mkdir(path);
  const remote = openLocalFolder({ root: base });
  return {
    feed: { partner, folders: { in: folder, out: '/out', processed: '/p', errored: '/e' }, marker: true },
    wanted: { partner, folder },
    path,
    remote,
    ports: async (ledger, through = remote) => ({
      ...{ ledger, remote: through, clock: immediately, host: ledger.installation },
      spool: await openSpool(join(base, 'spool')),
      signal: new AbortController().signal,
    }),
    markers: async () => (await readdir(path)).sort(),
  };
}

/** Gives the scheduler a say before and after everything that happens at the server. */
function interleaved(remote: RemoteFolder, scheduler: fc.Scheduler, isKilled: () => boolean): RemoteFolder {
  const pause = (what: string): Promise<string> =>
    isKilled() ? new Promise<never>(() => undefined) : scheduler.schedule(Promise.resolve(what));
  const around =
    <Args extends unknown[], Result>(what: string, work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await pause(`${what} is asked`);
      const result = await work(...args);
      await pause(`${what} is answered`);
      return result;
    };
  return {
    ...remote,
    list: around('list', remote.list),
    stat: around('stat', remote.stat),
    make: around('make', remote.make),
    remove: around('remove', remote.remove),
  };
}

describe('who holds an inbound folder', () => {
  it('is never two, however two or three installations come across each other, and one in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        // Which of the ledgers each process works on: equal ones are one installation.
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 2, maxLength: 4 }),
        // Processes that are killed, each before that many of its requests.
        fc.array(fc.option(fc.nat(8), { nil: Number.POSITIVE_INFINITY }), { minLength: 4, maxLength: 4 }),
        async (scheduler, processes, kills) => {
          const { feed, ports, remote, markers } = await scene();
          const holding = new Set<string>();
          const over: Promise<unknown>[] = [];
          for (const [index, which] of processes.entries()) {
            const ledger = ledgers[which] ?? ledgers[0];
            let requests = 0;
            const killed = Promise.withResolvers<void>();
            const through = interleaved(remote, scheduler, () => {
              const isKilled = requests++ >= (kills[index] ?? 0);
              if (isKilled) killed.resolve();
              return isKilled;
            });
            const work = demandFolder(feed, await ports(ledger, through)).then(
              () => void holding.add(ledger.installation),
              (error: unknown) => expect(error).toEqual(taken),
            );
            over.push(Promise.race([work, killed.promise]));
          }
          await scheduler.waitFor(Promise.all(over));
          expect(holding.size).toBeLessThanOrEqual(1);

          // Everybody is started again, one after the other, until one works.
          const later: string[] = [];
          for (const which of [...processes, ...processes]) {
            const ledger = ledgers[which] ?? ledgers[0];
            const held = await demandFolder(feed, await ports(ledger)).then(
              () => true,
              (error: unknown) => {
                expect(error).toEqual(taken);
                return false;
              },
            );
            if (held) later.push(ledger.installation);
          }
          expect(new Set([...holding, ...later]).size).toBeLessThanOrEqual(1);
          // Only what a kill left there may keep all of them away, and that is for a person to clear.
          if (kills.slice(0, processes.length).every((requests) => requests === Number.POSITIVE_INFINITY)) {
            expect(new Set(later).size).toBe(1);
            expect(await markers()).toHaveLength(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same after a restart, and for a second process on the ledger', async () => {
    const { feed, ports, markers } = await scene();
    await demandFolder(feed, await ports(ledgers[0]));
    const [marker] = await markers();
    const again = await ledgerIn('a');
    await demandFolder(feed, await ports(again));
    await again.close();
    expect(await markers()).toEqual([marker]);
  });

  it('is told to whom it refuses', async () => {
    const { feed, ports } = await scene();
    await demandFolder(feed, await ports(ledgers[0]));
    await expect(demandFolder(feed, await ports(ledgers[1]))).rejects.toMatchObject({
      code: 'FOLDER_TAKEN',
      message: expect.stringContaining(
        `Tidegate on ${ledgers[0].installation}, since 2026-11-21T00:00:00.000Z`,
      ),
      fix: expect.stringContaining(`tidegate adopt ${feed.partner}`),
    });
  });

  it('stays so when the marker was removed and nobody came, and not when somebody did', async () => {
    const { feed, ports, markers, path } = await scene();
    const [ours, theirs] = [await ports(ledgers[0]), await ports(ledgers[1])];
    const removeAll = async () => {
      for (const name of await markers()) await unlink(join(path, name));
    };
    await demandFolder(feed, ours);
    await removeAll();
    await demandFolder(feed, ours);
    await expect(demandFolder(feed, theirs)).rejects.toEqual(taken);
    await removeAll();
    await demandFolder(feed, theirs);
    await expect(demandFolder(feed, ours)).rejects.toEqual(taken);
  });

  it('is the one that a person names, and what a kill left behind is cleared away', async () => {
    const { feed, wanted, ports, markers, remote } = await scene();
    const [ours, theirs] = [await ports(ledgers[0]), await ports(ledgers[1])];
    const killed: RemoteFolder = {
      ...remote,
      make: async (...args) => remote.make(...args).then(() => Promise.reject(new Error('killed'))),
    };
    await expect(demandFolder(feed, { ...ours, remote: killed })).rejects.toThrow('killed');
    await expect(demandFolder(feed, theirs)).rejects.toEqual(taken);

    expect(await adoptFolder(wanted, adoption, theirs)).toEqual([
      expect.stringContaining(ledgers[0].installation),
    ]);
    await demandFolder(feed, theirs);
    await expect(demandFolder(feed, ours)).rejects.toEqual(taken);
    expect((await ledgers[1].heldFolders()).find(({ partner }) => partner === feed.partner)).toMatchObject({
      adoption,
    });

    await adoptFolder(wanted, adoption, ours);
    await expect(demandFolder(feed, theirs)).rejects.toEqual(taken);
    expect(await markers()).toEqual([expect.stringContaining(ledgers[0].installation)]);
  });

  it('is not asked where the configuration says so', async () => {
    const { feed, ports, markers } = await scene();
    for (const ledger of ledgers) await demandFolder({ ...feed, marker: false }, await ports(ledger));
    expect(await markers()).toEqual([]);
  });

  it('cannot be told where hidden files are not listed, and says so', async () => {
    const { feed, ports, remote, markers } = await scene();
    const hiding: RemoteFolder = {
      ...remote,
      list: async (folder) => (await remote.list(folder)).filter(({ name }) => !name.startsWith('.')),
    };
    await expect(demandFolder(feed, await ports(ledgers[0], hiding))).rejects.toMatchObject({
      code: 'FOLDER_TAKEN',
      fix: expect.stringContaining('hidden files'),
    });
    expect(await markers()).toEqual([]);
  });
});
