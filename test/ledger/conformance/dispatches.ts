import { describe, expect, it } from 'vitest';
import type { Ledger, NewReply, OutboundFile, Reply, Said } from '../../../src/ledger/port.ts';
import { leaseMs, me, owner } from '../store.ts';

const agreement = 'sales/contracts';
const said = (line: number, match: string, over: Partial<Said> = {}): Said => ({
  ...{ line, match, verdict: 'accepted', theirId: `T-${match}`, reason: '' },
  ...over,
});

export function dispatchesConform(ledger: () => Ledger): void {
  const found = (name: string, over: Partial<NewReply> = {}): NewReply => ({
    ...{ agreement, partner: 'bolt', folder: '/out', name, size: 10, modifiedAt: 5, ...over },
  });

  const planned = (stamp: string, by = me, now = 10): Promise<OutboundFile> =>
    ledger().planOutbound(
      {
        ...{ partner: 'bolt', origin: 'rows', name: 'sales', key: stamp, arrival: null },
        ...{ path: `/in/${stamp}.csv`, window: null, covers: false, packing: null },
      },
      by,
      now,
    );

  /** A row for each match, whose lines begin at 2. */
  async function noted(file: OutboundFile, stamp: string, ...matches: string[]): Promise<void> {
    expect(await ledger().beginDispatch(file, { agreement, stamp, split: '' })).toBe(true);
    await ledger().addSentRows(
      file,
      matches.map((match, index) => ({ line: index + 2, match })),
    );
    await ledger().dispatchNoted(file, 15);
  }

  async function sent(stamp: string, ...matches: string[]): Promise<number> {
    const file = await planned(stamp);
    await noted(file, stamp, ...matches);
    await ledger().outboundWritten(file, { rows: matches.length, bytes: 5, sha256: 'h' });
    await ledger().outboundSent(file, 20);
    return file.id;
  }

  async function reading(name: string): Promise<Reply> {
    const reply = await ledger().beginReply(found(name), me, 30);
    if (!reply) throw new Error(`${name} was read before`);
    return ledger().replyFetched(reply, `sha-${name}`);
  }

  async function takeIn(name: string, candidates: readonly number[], ...lines: Said[]): Promise<Reply> {
    const reply = await reading(name);
    await ledger().takeSaid(reply, candidates, lines, 40);
    return ledger().replyRead(reply, lines.length, 50);
  }

  const rowsOf = async (outbound: number) =>
    (await ledger().dispatchRows(outbound, 0, 100)).map(({ state, theirId }) => [state, theirId]);

  describe('dispatches', () => {
    it('count once they are noted in full and sent; an unfinished note begins anew', async () => {
      const file = await planned('s');
      const dispatch = { agreement, stamp: 's', split: 'US' };
      expect(await ledger().beginDispatch(file, dispatch)).toBe(true);
      await ledger().addSentRows(file, [{ line: 2, match: 'a' }]);
      expect(await ledger().dispatchesNamed(agreement, 's', null, 9)).toEqual([]);
      for (const matches of [['d'], ['b', 'c']]) {
        expect(await ledger().beginDispatch(file, dispatch)).toBe(true);
        await ledger().addSentRows(
          file,
          matches.map((match, index) => ({ line: index + 2, match })),
        );
        await ledger().dispatchNoted(file, 15);
      }
      expect(await ledger().dispatchesNamed(agreement, 's', 'US', 9)).toEqual([file.id]);
      expect(await ledger().dispatchesNamed(agreement, 's', 'DE', 9)).toEqual([]);
      expect(await ledger().dispatchesNamed('other', null, null, 9)).toEqual([]);
      expect(await ledger().dispatch(file.id)).toBeNull();
      await ledger().outboundWritten(file, { rows: 2, bytes: 5, sha256: 'h' });
      await ledger().outboundSent(file, 20);
      expect(await ledger().dispatch(file.id)).toMatchObject({
        ...{ ...dispatch, outbound: file.id, replies: 0, closedAt: null, told: null },
        ...{ counts: { rows: 2, awaited: 2, accepted: 0, rejected: 0 }, file: { endedAt: 20 } },
      });
      expect(await ledger().dispatchRows(file.id, 2, 9)).toMatchObject([{ line: 3, match: 'c' }]);
    });

    it('are noted anew only until a reply has spoken of them', async () => {
      const file = await planned('1');
      await noted(file, '1', 'a');
      await takeIn('1.csv', [file.id], said(2, 'a'));
      expect(await ledger().beginDispatch(file, { agreement, stamp: '1', split: '' })).toBe(false);
      expect(await rowsOf(file.id)).toEqual([['accepted', 'T-a']]);
    });

    it('are noted by whoever owns the file, and by nobody once it is sent', async () => {
      const stood = await planned('1');
      await noted(stood, '1', 'a');
      const other = owner('other');
      const taken = await planned('1', other, 11 + leaseMs);
      await noted(taken, '1', 'a');
      await ledger().outboundWritten(taken, { rows: 1, bytes: 5, sha256: 'h' });
      const note = { agreement, stamp: '1', split: '' };
      const stale = { code: 'LEDGER_STALE' };
      const late = async (file: OutboundFile, error: object): Promise<void> => {
        await expect(ledger().beginDispatch(file, note)).rejects.toMatchObject(error);
        await expect(ledger().addSentRows(file, [{ line: 9, match: 'x' }])).rejects.toMatchObject(error);
        await expect(ledger().dispatchNoted(file, 30)).rejects.toMatchObject(error);
      };
      await late(stood, stale);
      await ledger().outboundSent(taken, 20);
      await late(stood, stale);
      await late(taken, { code: 'LEDGER_FAILED' });
      expect(await ledger().dispatch(taken.id)).toMatchObject({ counts: { rows: 1, awaited: 1 } });
      expect(await rowsOf(taken.id)).toEqual([['awaited', '']]);
    });

    it('without rows have nothing to wait for, unless they get some when they are made anew', async () => {
      const empty = await sent('1');
      expect(await ledger().dispatch(empty)).toMatchObject({ closedAt: 15, counts: { rows: 0, awaited: 0 } });
      const file = await planned('2');
      await noted(file, '2');
      await noted(file, '2', 'a');
      await ledger().outboundWritten(file, { rows: 1, bytes: 5, sha256: 'h' });
      await ledger().outboundSent(file, 20);
      expect(await ledger().dispatch(file.id)).toMatchObject({ closedAt: null, counts: { rows: 1 } });
    });

    it('are listed from the newest on, page by page', async () => {
      const [first, second, third] = [await sent('1', 'a'), await sent('2', 'a'), await sent('3', 'a')];
      const page = async (before?: number) =>
        (await ledger().dispatches({ agreement, untold: true, limit: 2, ...(before && { before }) })).map(
          ({ outbound }) => outbound,
        );
      expect(await page()).toEqual([third, second]);
      expect(await page(second)).toEqual([first]);
    });

    it('are closed by the word about the last row', async () => {
      const outbound = await sent('1', 'a', 'b');
      await takeIn('1.csv', [outbound], said(2, 'b'));
      expect(await ledger().dispatch(outbound)).toMatchObject({ closedAt: null, replies: 1 });
      await takeIn('2.csv', [outbound], said(2, 'a', { verdict: 'rejected', theirId: '', reason: 'old' }));
      expect(await ledger().dispatch(outbound)).toMatchObject({
        ...{ closedAt: 40, replies: 2, counts: { rows: 2, awaited: 0, accepted: 1, rejected: 1 } },
      });
      expect(await ledger().dispatchRows(outbound, 0, 9, ['rejected'])).toMatchObject([
        { line: 2, reason: 'old', reply: 2, replyLine: 2 },
      ]);
      expect(await ledger().dispatches({ open: true, limit: 9 })).toEqual([]);
      expect(await ledger().dispatches({ untold: true, limit: 9 })).toHaveLength(1);
      await ledger().dispatchTold(outbound, 'closed');
      expect(await ledger().dispatches({ untold: true, limit: 9 })).toEqual([]);
      expect(await ledger().dispatches({ agreement: 'other', limit: 9 })).toEqual([]);
    });

    it('keep the first word about a row, and note what contradicts it, is unknown or unclear', async () => {
      const outbound = await sent('1', 'a', 'b', 'c');
      await takeIn('1.csv', [outbound], said(2, 'a'), said(3, 'x'), said(4, 'b', { verdict: 'unclear' }));
      await takeIn(
        '2.csv',
        [outbound],
        said(2, 'a', { theirId: '' }),
        said(3, 'b', { verdict: 'pending' }),
        said(4, 'c'),
      );
      await takeIn(
        '3.csv',
        [outbound],
        said(2, 'a', { theirId: 'T-other' }),
        said(3, 'c', { verdict: 'rejected' }),
      );
      expect(await rowsOf(outbound)).toEqual([
        ['accepted', 'T-a'],
        ['awaited', ''],
        ['accepted', 'T-c'],
      ]);
      const kinds = async (reply: number) =>
        (await ledger().findings({ reply }, 9)).map(({ kind, line }) => [kind, line]);
      expect(await kinds(1)).toEqual([
        ['unknown', 3],
        ['unclear', 4],
      ]);
      expect(await kinds(2)).toEqual([]);
      expect(await kinds(3)).toEqual([
        ['contradiction', 2],
        ['contradiction', 3],
      ]);
      expect(await ledger().findings({ outbound }, 9)).toHaveLength(3);
    });

    it('give rows of one name their words in turn', async () => {
      const outbound = await sent('1', 'a', 'a');
      await takeIn(
        '1.csv',
        [outbound],
        said(2, 'a', { theirId: 'T-1' }),
        said(3, 'a', { verdict: 'rejected' }),
        said(4, 'a'),
      );
      expect((await rowsOf(outbound)).map(([state]) => state)).toEqual(['accepted', 'rejected']);
      expect(await ledger().findings({ reply: 1 }, 9)).toMatchObject([{ kind: 'contradiction', line: 4 }]);
    });

    it('take the word that one reply has last of a row, where it held it back first', async () => {
      const outbound = await sent('1', 'a', 'b');
      await takeIn(
        '1.csv',
        [outbound],
        said(2, 'a', { verdict: 'pending' }),
        said(3, 'a'),
        said(4, 'a'),
        said(5, 'b', { verdict: 'unclear' }),
        said(6, 'b', { verdict: 'rejected', theirId: '' }),
        said(7, 'b', { theirId: '' }),
      );
      expect(await rowsOf(outbound)).toEqual([
        ['accepted', 'T-a'],
        ['rejected', ''],
      ]);
      expect(await ledger().dispatch(outbound)).toMatchObject({
        ...{ closedAt: 40, replies: 1, counts: { awaited: 0, accepted: 1, rejected: 1 } },
      });
      expect((await ledger().findings({ reply: 1 }, 9)).map(({ kind, line }) => [kind, line])).toEqual([
        ['unclear', 5],
        ['contradiction', 7],
      ]);
    });

    it('are found among many by their rows, and only where the reply may look', async () => {
      const [first, other, last] = [await sent('1', 'a'), await sent('2', 'a'), await sent('3', 'a', 'b')];
      await takeIn('1.csv', [last, first], said(2, 'b'), said(3, 'a'), said(4, 'a'));
      expect(await rowsOf(first)).toEqual([['accepted', 'T-a']]);
      expect(await rowsOf(other)).toEqual([['awaited', '']]);
      expect((await ledger().dispatch(last))?.counts).toMatchObject({ awaited: 0, accepted: 2 });
    });
  });

  describe('replies', () => {
    it('are read by one owner at a time, and once', async () => {
      const reply = await reading('1.csv');
      await expect(ledger().beginReply(found('1.csv'), owner('other'), 40)).rejects.toMatchObject({
        code: 'ARRIVAL_WAITS',
      });
      const taken = await ledger().beginReply(found('1.csv'), owner('other'), 40 + leaseMs);
      expect(taken).toMatchObject({ id: reply.id, state: 'reading' });
      await expect(ledger().takeSaid(reply, [], [], 50)).rejects.toMatchObject({ code: 'LEDGER_STALE' });
      if (!taken) throw new Error('it was not taken');
      expect(await ledger().replyRead(taken, 3, 60)).toMatchObject({ state: 'read', rows: 3, endedAt: 60 });
      expect(await ledger().beginReply(found('1.csv'), me, 70 + 2 * leaseMs)).toBeNull();
      expect(await ledger().beginReply(found('1.csv', { modifiedAt: 6 }), me, 70)).not.toBeNull();
    });

    it('go on behind the last line that was taken in, unless the bytes are others', async () => {
      const outbound = await sent('1', 'a', 'b');
      const reply = await reading('1.csv');
      await ledger().takeSaid(reply, [outbound], [said(2, 'a')], 40);
      await ledger().releaseReply(reply);
      const again = await ledger().beginReply(found('1.csv'), me, 50);
      if (!again) throw new Error('it was read');
      expect(await ledger().replyFetched(again, 'sha-1.csv')).toMatchObject({ readTo: 2 });
      expect(await ledger().replyFetched(again, 'other')).toMatchObject({ readTo: 0, sha256: 'other' });
    });

    it('whose bytes are others speak anew of every row, and what was odd before is forgotten', async () => {
      const outbound = await sent('1', 'a', 'b');
      const reply = await reading('1.csv');
      await ledger().takeSaid(reply, [outbound], [said(2, 'a'), said(3, 'x')], 40);
      const [b, held] = [said(4, 'b', { theirId: '' }), said(2, 'b', { verdict: 'pending' })];
      await ledger().replyFetched(reply, 'other');
      await ledger().takeSaid(reply, [outbound], [held, said(3, 'a'), b], 50);
      expect(await rowsOf(outbound)).toEqual([
        ['accepted', 'T-a'],
        ['accepted', ''],
      ]);
      expect(await ledger().findings({ reply: reply.id }, 9)).toEqual([]);
      expect(await ledger().dispatch(outbound)).toMatchObject({ replies: 1, counts: { accepted: 2 } });
    });

    it('are taken away when they were read, not when they were refused', async () => {
      const read = await takeIn('1.csv', []);
      const refused = await reading('2.csv');
      const problem = { code: 'FILE_EMPTY', message: 'x', line: null, column: null, expected: '', fix: '' };
      expect(await ledger().replyRefused(refused, problem, 60)).toMatchObject({ state: 'refused', problem });
      expect(await ledger().repliesToTakeAway(agreement, 0, 9)).toMatchObject([{ id: read.id }]);
      const taking = await ledger().claimReply(read.id, me, 60);
      if (!taking) throw new Error('it is away');
      await expect(ledger().claimReply(read.id, owner('other'), 61)).rejects.toMatchObject({
        code: 'ARRIVAL_WAITS',
      });
      await expect(ledger().replyTakenAway(read, 70)).rejects.toMatchObject({ code: 'LEDGER_STALE' });
      await ledger().replyTakenAway(taking, 70);
      expect(await ledger().claimReply(read.id, me, 80)).toBeNull();
      expect(await ledger().repliesToTakeAway(agreement, 0, 9)).toEqual([]);
      expect(await ledger().replies({ agreement }, 9)).toMatchObject([
        { id: refused.id },
        { id: read.id, takenAwayAt: 70 },
      ]);
    });
  });
}
