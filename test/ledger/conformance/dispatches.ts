import { describe, expect, it } from 'vitest';
import type { Ledger, NewReply, Reply, Said } from '../../../src/ledger/port.ts';
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

  /** A file with a row for each match, whose lines begin at 2. */
  async function sent(stamp: string, ...matches: string[]): Promise<number> {
    const file = await ledger().planOutbound(
      {
        ...{ partner: 'bolt', origin: 'rows', name: 'sales', key: stamp, arrival: null },
        ...{ path: `/in/${stamp}.csv`, window: null, covers: false, packing: null },
      },
      me,
      10,
    );
    await ledger().beginDispatch({ outbound: file.id, agreement, stamp, split: '' });
    await ledger().addSentRows(
      file.id,
      matches.map((match, index) => ({ line: index + 2, match })),
    );
    await ledger().dispatchNoted(file.id);
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
      const file = await ledger().planOutbound(
        {
          ...{ partner: 'bolt', origin: 'rows', name: 'sales', key: 'k', arrival: null, path: '/in/a.csv' },
          ...{ window: null, covers: false, packing: null },
        },
        me,
        10,
      );
      const dispatch = { outbound: file.id, agreement, stamp: 's', split: 'US' };
      expect(await ledger().beginDispatch(dispatch)).toBe(true);
      await ledger().addSentRows(file.id, [{ line: 2, match: 'a' }]);
      expect(await ledger().dispatchesNamed(agreement, 's', null, 9)).toEqual([]);
      expect(await ledger().beginDispatch(dispatch)).toBe(true);
      await ledger().addSentRows(file.id, [
        { line: 2, match: 'b' },
        { line: 3, match: 'c' },
      ]);
      await ledger().dispatchNoted(file.id);
      expect(await ledger().beginDispatch(dispatch)).toBe(true);
      await ledger().addSentRows(file.id, [
        { line: 2, match: 'b' },
        { line: 3, match: 'c' },
      ]);
      await ledger().dispatchNoted(file.id);
      expect(await ledger().dispatchesNamed(agreement, 's', 'US', 9)).toEqual([file.id]);
      expect(await ledger().dispatchesNamed(agreement, 's', 'DE', 9)).toEqual([]);
      expect(await ledger().dispatchesNamed('other', null, null, 9)).toEqual([]);
      expect(await ledger().dispatch(file.id)).toBeNull();
      await ledger().outboundWritten(file, { rows: 2, bytes: 5, sha256: 'h' });
      await ledger().outboundSent(file, 20);
      expect(await ledger().dispatch(file.id)).toMatchObject({
        ...{ ...dispatch, replies: 0, closedAt: null, told: null },
        ...{ counts: { rows: 2, awaited: 2, accepted: 0, rejected: 0 }, file: { endedAt: 20 } },
      });
      expect(await ledger().dispatchRows(file.id, 2, 9)).toMatchObject([{ line: 3, match: 'c' }]);
    });

    it('are noted anew only until a reply has spoken of them', async () => {
      const outbound = await sent('1', 'a');
      await takeIn('1.csv', [outbound], said(2, 'a'));
      expect(await ledger().beginDispatch({ outbound, agreement, stamp: '1', split: '' })).toBe(false);
      expect(await rowsOf(outbound)).toEqual([['accepted', 'T-a']]);
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
      expect(await ledger().findings({ reply: 1 }, 9)).toMatchObject([{ kind: 'unknown', line: 4 }]);
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

    it('are taken away when they were read, not when they were refused', async () => {
      const read = await takeIn('1.csv', []);
      const refused = await reading('2.csv');
      const problem = { code: 'FILE_EMPTY', message: 'x', line: null, column: null, expected: '', fix: '' };
      expect(await ledger().replyRefused(refused, problem, 60)).toMatchObject({ state: 'refused', problem });
      expect(await ledger().repliesToTakeAway(agreement)).toMatchObject([{ id: read.id }]);
      await ledger().replyTakenAway(read.id, 70);
      expect(await ledger().repliesToTakeAway(agreement)).toEqual([]);
      expect(await ledger().replies({ agreement }, 9)).toMatchObject([
        { id: refused.id },
        { id: read.id, takenAwayAt: 70 },
      ]);
    });
  });
}
