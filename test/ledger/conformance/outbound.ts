import { describe, expect, it } from 'vitest';
import type { Arrival, Ledger, NewOutbound, OutboundFile, RowOutcome } from '../../../src/ledger/port.ts';
import { accepted, fetched, leaseMs, me, only, owner, parked, row, staged } from '../store.ts';

const waits = expect.objectContaining({ code: 'ARRIVAL_WAITS', retry: 'later' });
const stale = expect.objectContaining({ code: 'LEDGER_STALE' });
const failed = expect.objectContaining({ code: 'LEDGER_FAILED' });

const contents = { rows: 2, bytes: 50, sha256: 'abc' };
const packing = { suffix: '.gz.pgp', checksum: true, doneFile: '{name}.done', keys: ['A1'] };
const packed = { bytes: 30, sha256: 'def' };

export function outboundConforms(ledger: () => Ledger): void {
  const wanted = (from: number, to: number, over: Partial<NewOutbound> = {}): NewOutbound => ({
    ...{ partner: 'acme', origin: 'export', name: 'contracts', key: `from ${from}`, arrival: null },
    ...{ path: `/out/Contracts_${to}.csv`, window: { from, to }, covers: true, packing: null },
    ...over,
  });
  const planned = (from: number, to: number, over: Partial<NewOutbound> = {}): Promise<OutboundFile> =>
    ledger().planOutbound(wanted(from, to, over), me, 100);
  const of = { origin: 'export', name: 'contracts' } as const;

  async function sent(from: number, to: number, over: Partial<NewOutbound> = {}): Promise<OutboundFile> {
    const file = await planned(from, to, over);
    await ledger().outboundWritten(file, contents);
    return ledger().outboundSent(file, 200);
  }

  describe('outbound files', () => {
    it('go from planned over written and uploaded to sent, and only so', async () => {
      const file = await planned(0, 10);
      expect(file).toMatchObject({ state: 'planned', window: { from: 0, to: 10 }, contents: null, token: 1 });
      await expect(ledger().outboundSent(file, 200)).rejects.toEqual(failed);
      await ledger().outboundWritten(file, { ...contents, rows: 1 });
      expect(await ledger().outboundWritten(file, contents)).toMatchObject({ state: 'written', contents });
      expect(await ledger().outboundUploaded(file)).toMatchObject({ state: 'uploaded', contents });
      await expect(ledger().outboundDropped(file, 200)).rejects.toEqual(failed);
      expect(await ledger().outboundRenamed(file, '/out/b.csv')).toMatchObject({
        state: 'written',
        path: '/out/b.csv',
      });
      expect(await ledger().outboundUploaded(file)).toMatchObject({ state: 'uploaded' });
      const done = await ledger().outboundSent(file, 200);
      expect(done).toEqual({ ...file, state: 'sent', path: '/out/b.csv', contents, endedAt: 200 });
      await expect(ledger().outboundWritten(file, contents)).rejects.toEqual(failed);
      await expect(ledger().outboundDropped(file, 200)).rejects.toEqual(failed);
      expect(await ledger().outboundFile(file.id)).toEqual(done);
      expect(await ledger().outboundFile(file.id + 1)).toBeNull();
    });

    it('are dropped when there is nothing to bring, also when there was something before', async () => {
      const file = await planned(0, 10, { packing });
      await expect(ledger().outboundUploaded(file)).rejects.toEqual(failed);
      await ledger().outboundWritten(file, contents);
      await ledger().outboundPacked(file, packed);
      expect(await ledger().outboundDropped(file, 200)).toEqual({
        ...{ ...file, state: 'dropped', contents: null, packed: null, endedAt: 200 },
      });
      await expect(ledger().outboundSent(file, 300)).rejects.toEqual(failed);
    });

    it('are listed newest first, by what they are made of', async () => {
      const first = await sent(0, 10);
      const arrival = await fetched(ledger(), 'a.csv');
      const rows = {
        origin: 'rows',
        name: 'sales',
        arrival: arrival.id,
        window: null,
        covers: false,
      } as const;
      const second = await planned(10, 20, { ...rows, partner: 'bolt' });
      const ids = async (filter: object): Promise<number[]> =>
        (await ledger().outboundFiles({ limit: 10, ...filter })).map(({ id }) => id);
      expect(await ids({})).toEqual([second.id, first.id]);
      expect(await ids({ limit: 1 })).toEqual([second.id]);
      expect(await ids({ partner: 'acme' })).toEqual([first.id]);
      expect(await ids({ origin: 'rows' })).toEqual([second.id]);
      expect(await ids({ name: 'contracts' })).toEqual([first.id]);
      expect(await ids({ arrival: arrival.id })).toEqual([second.id]);
    });

    it('know the names that are taken, by partner', async () => {
      await sent(0, 10);
      expect(await ledger().outboundPathTaken('acme', '/out/Contracts_10.csv')).toBe(true);
      expect(await ledger().outboundPathTaken('bolt', '/out/Contracts_10.csv')).toBe(false);
      const [file] = await ledger().outboundFiles({ limit: 1 });
      expect(await ledger().outboundPathTaken('acme', '/out/Contracts_10.csv', file?.id)).toBe(false);
    });

    it('that are packed keep how they were agreed to be, and the bytes that come out of it', async () => {
      const file = await planned(0, 10, { packing, path: '/out/Contracts_10.csv.gz.pgp' });
      expect(file).toMatchObject({ packing, packed: null });
      await expect(ledger().outboundPacked(file, packed)).rejects.toEqual(failed);
      await ledger().outboundWritten(file, contents);
      expect(await ledger().outboundPacked(file, packed)).toMatchObject({
        state: 'written',
        contents,
        packed,
      });
      expect(await ledger().outboundRenamed(file, '/out/b.csv.gz.pgp')).toMatchObject({ packing, packed });
      const done = await ledger().outboundSent(file, 200);
      expect(done).toMatchObject({ state: 'sent', path: '/out/b.csv.gz.pgp', contents, packing, packed });
      expect(await ledger().outboundFile(file.id)).toEqual(done);
      await expect(ledger().outboundPacked(file, packed)).rejects.toEqual(failed);
    });

    it('forget what was packed when they are written anew, or are to be packed otherwise', async () => {
      const file = await planned(0, 10, { packing });
      await ledger().outboundWritten(file, contents);
      await ledger().outboundPacked(file, packed);
      expect(await ledger().outboundWritten(file, contents)).toMatchObject({ packing, packed: null });
      await ledger().outboundPacked(file, packed);
      const plain = await ledger().outboundReplanned(file, { path: '/out/plain.csv', packing: null });
      expect(plain).toMatchObject({ state: 'written', path: '/out/plain.csv', contents });
      expect(plain).toMatchObject({ packing: null, packed: null });
      const again = { path: '/out/packed.csv.gz', packing: { ...packing, suffix: '.gz' } };
      expect(await ledger().outboundReplanned(file, again)).toMatchObject(again);
      await ledger().outboundSent(file, 200);
      await expect(ledger().outboundReplanned(file, again)).rejects.toEqual(failed);
    });

    it('are planned once for what they hold: a later plan takes over the first, or finds it done', async () => {
      const file = await planned(0, 10);
      const other = owner('other');
      await expect(ledger().planOutbound(wanted(0, 12), other, 101)).rejects.toEqual(waits);
      const taken = await ledger().planOutbound(wanted(0, 12), other, 100 + leaseMs);
      expect(taken).toEqual({ ...file, token: 2 });
      await expect(ledger().outboundWritten(file, contents)).rejects.toEqual(stale);
      await ledger().outboundWritten(taken, contents);
      await ledger().outboundSent(taken, 200);
      expect(await ledger().planOutbound(wanted(0, 10), me, 300)).toMatchObject({
        id: file.id,
        state: 'sent',
      });
    });

    it('are taken over when their owner is gone or its lease is over, oldest first, and not before', async () => {
      const resume = (who: string, now: number, gone: string[] = []) =>
        ledger().resumeOutbound(of, owner(who, gone), now);
      expect(await resume('other', 100)).toBeNull();
      const first = await planned(0, 10);
      await planned(10, 20);
      await planned(0, 10, { name: 'claims' });
      await expect(resume('other', 100 + leaseMs - 1)).rejects.toEqual(waits);
      await ledger().renewOutbound(first, me, 200);
      await expect(resume('other', 200 + leaseMs - 1)).rejects.toEqual(waits);
      expect(await resume('third', 201, [me.id])).toMatchObject({ id: first.id, token: 2 });
      await expect(ledger().renewOutbound(first, me, 202)).rejects.toEqual(stale);
      expect(await resume('other', 201 + leaseMs)).toMatchObject({ id: first.id, token: 3 });
    });

    it('can be given back', async () => {
      const file = await planned(0, 10);
      await ledger().releaseOutbound(file);
      expect(await ledger().resumeOutbound(of, owner('other'), 101)).toMatchObject({ id: file.id });
    });
  });

  async function delivered(name: string, outcomes: Record<number, RowOutcome>): Promise<Arrival> {
    const lines = Object.keys(outcomes).map(Number);
    const arrival = await staged(
      ledger(),
      name,
      lines.map((line) => row(line, `${name} ${line}`)),
    );
    for (const line of lines) await ledger().settleRow(arrival, line, outcomes[line] ?? accepted, 40);
    return ledger().delivered(arrival, 45);
  }
  async function settled(arrival: Arrival, at: number): Promise<Arrival> {
    await ledger().acknowledged(arrival, 'processed', '/processed/x.csv', at);
    return ledger().settled(arrival, at);
  }

  describe('windows of exports', () => {
    it('are covered when their file is sent, found empty or skipped, each from where the last one ends', async () => {
      expect(await ledger().coveredTo('contracts')).toBeNull();
      const first = await sent(0, 10);
      const empty = await planned(10, 20);
      expect(await ledger().coveredTo('contracts')).toBe(10);
      await ledger().outboundDropped(empty, 300);
      await ledger().skipWindow('contracts', { from: 20, to: 40 }, 400);
      expect(await ledger().coveredTo('contracts')).toBe(40);
      expect(await ledger().coveredTo('claims')).toBeNull();
      expect(await ledger().coveredWindows('contracts', 10)).toEqual([
        { from: 20, to: 40, outcome: 'skipped', file: null, at: 400 },
        { from: 10, to: 20, outcome: 'empty', file: empty.id, at: 300 },
        { from: 0, to: 10, outcome: 'sent', file: first.id, at: 200 },
      ]);
      expect(await ledger().coveredWindows('contracts', 1)).toHaveLength(1);
    });

    it.each([
      ['a gap', 11, 20, failed],
      ['an overlap', 9, 20, stale],
      ['the same one again', 0, 10, stale],
      ['no length', 10, 10, failed],
    ])('have no room for %s', async (_what, from, to, refused) => {
      await sent(0, 10);
      await expect(ledger().skipWindow('contracts', { from, to }, 300)).rejects.toEqual(refused);
      const file = await planned(from, to, { key: 'another' });
      await ledger().outboundWritten(file, contents);
      await expect(ledger().outboundSent(file, 300)).rejects.toEqual(failed);
      expect(await ledger().outboundFile(file.id)).toMatchObject({ state: 'written' });
      expect(await ledger().coveredTo('contracts')).toBe(10);
    });

    it('hold the rounds that were settled within them, in their order', async () => {
      const first = await settled(await delivered('a.csv', { 2: parked, 3: accepted }), 50);
      await settled(await delivered('b.csv', { 2: accepted }), 60);
      const verdict = { what: 'accepted', by: 'kim', because: 'asked' } as const;
      await ledger().decide(first.id, only(2), verdict, 70);
      const again = await ledger().resume('acme', 'sales', me, 80);
      if (!again) throw new Error('no round was begun');
      await settled(again, 90);

      const rounds = (from: number, to: number, after = 0, limit = 10) =>
        ledger().settledRounds({ partner: 'acme', feed: 'sales' }, { from, to }, after, limit);
      const all = await rounds(50, 91);
      expect(all).toMatchObject([
        { arrival: first.id, round: 0, name: 'a.csv', at: 50, columns: ['Id', 'Asks'] },
        { round: 0, name: 'b.csv', at: 60 },
        { arrival: first.id, round: 1, at: 90 },
      ]);
      expect((await rounds(51, 90)).map(({ name }) => name)).toEqual(['b.csv']);
      expect(await rounds(50, 91, all[0]?.id, 1)).toEqual([all[1]]);
      expect(
        await ledger().settledRounds({ partner: 'bolt', feed: 'sales' }, { from: 0, to: 99 }, 0, 9),
      ).toEqual([]);
      expect(
        await ledger().settledRounds({ partner: 'acme', feed: 'other' }, { from: 0, to: 99 }, 0, 9),
      ).toEqual([]);
    });

    it('stay as they are when one is asked for once more', async () => {
      await sent(0, 10);
      await sent(0, 5, { key: 'again', covers: false });
      expect(await ledger().coveredTo('contracts')).toBe(10);
      expect(await ledger().coveredWindows('contracts', 10)).toHaveLength(1);
      const [latest, ...more] = await ledger().outboundFiles({ name: 'contracts', covers: true, limit: 9 });
      expect([latest?.window, more]).toEqual([{ from: 0, to: 10 }, []]);
    });
  });
}
