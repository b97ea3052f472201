import { describe, expect, it } from 'vitest';
import type { Arrival, Ledger, OutboundFile, RowOutcome } from '../../../src/ledger/port.ts';
import type { PlannedLine } from '../../../src/mapping/types.ts';
import * as given from '../store.ts';

const line = (split: string, cells: Record<string, string>): PlannedLine => ({
  ...{ file: 'contracts', split, cells, namedIn: 'File' },
});
const into = (...lines: PlannedLine[]): RowOutcome => ({ ...given.accepted, lines });
const layout = {
  columns: ['Id', 'Price'],
  headerLine: true,
  dialect: { encoding: 'utf-8', delimiter: ',', quote: '"' },
};
const contents = { rows: 1, bytes: 9, sha256: 'h' };

export function fileLinesConform(ledger: () => Ledger): void {
  const plan = (arrival: Arrival, split: string): Promise<OutboundFile> =>
    ledger().planOutbound(
      {
        ...{ partner: 'bolt', origin: 'rows', name: 'sales', arrival: arrival.id },
        key: `${arrival.id}/${arrival.round}/contracts/${split}`,
        ...{ path: `/in/C-${split}-${arrival.round}.csv`, window: null, covers: false, packing: null },
      },
      given.me,
      60,
    );

  async function send(arrival: Arrival, split: string): Promise<OutboundFile> {
    const file = await plan(arrival, split);
    await ledger().planLines(arrival, { outbound: file.id, file: 'contracts', split, layout });
    await ledger().outboundWritten(file, contents);
    return ledger().outboundSent(file, 70);
  }

  describe('lines of outbound files', () => {
    it('are on record with the outcome of their row, and grouped by file and split', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [
        given.row(2, 'a'),
        given.row(3, 'b'),
        given.row(4, 'c'),
      ]);
      await ledger().settleRow(arrival, 4, into(line('US', { Id: 'c' })), 50);
      await ledger().settleRow(arrival, 2, into(line('US', { Id: 'a' })), 50);
      await ledger().settleRow(arrival, 3, into(line('DE', { Id: 'b', Price: '1.50' })), 50);
      expect(await ledger().linesToPlan(arrival.id)).toEqual([
        { file: 'contracts', split: 'DE', rows: 1 },
        { file: 'contracts', split: 'US', rows: 2 },
      ]);
      const us = await plan(arrival, 'US');
      const planned = { outbound: us.id, file: 'contracts', split: 'US', layout };
      await ledger().planLines(arrival, planned);
      await ledger().planLines(arrival, planned);
      expect(await ledger().linesToPlan(arrival.id)).toEqual([{ file: 'contracts', split: 'DE', rows: 1 }]);
      expect(await ledger().fileLines(us.id, 0, 10)).toEqual([
        { line: 2, cells: { Id: 'a' } },
        { line: 4, cells: { Id: 'c' } },
      ]);
      expect(await ledger().fileLines(us.id, 2, 10)).toHaveLength(1);
      expect(await ledger().rowFiles(arrival.id)).toMatchObject([
        { id: us.id, split: 'US', layout, path: us.path },
      ]);
      expect(await ledger().rowFile(us.id)).toMatchObject({ file: 'contracts' });
      expect(await ledger().rowFile(us.id + 1)).toBeNull();
    });

    it('keep their rows from having an outcome for others until their files are sent', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [given.row(2, 'a'), given.row(3, 'b')]);
      await ledger().settleRow(arrival, 2, into(line('US', { Id: 'a' })), 50);
      await ledger().settleRow(arrival, 3, given.accepted, 50);
      const settled = async () =>
        (await ledger().answerRows(arrival.id, 0, 10)).map(({ settledAt }) => settledAt);
      expect(await settled()).toEqual([null, 50]);
      await expect(ledger().delivered(arrival, 60)).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
      const file = await plan(arrival, 'US');
      await ledger().planLines(arrival, { outbound: file.id, file: 'contracts', split: 'US', layout });
      await expect(ledger().delivered(arrival, 60)).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
      await ledger().outboundWritten(file, contents);
      await ledger().outboundSent(file, 70);
      expect(await ledger().delivered(arrival, 80)).toMatchObject({ state: 'delivered' });
      expect(await settled()).toEqual([80, 50]);
    });

    it('tell the answer into which file each row went, repeats too', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [
        given.row(2, 'a'),
        given.row(3, 'a'),
        given.row(4, 'b'),
      ]);
      await ledger().settleRow(arrival, 2, into(line('US', { Id: 'a' })), 50);
      await ledger().settleRow(arrival, 4, given.rejected, 50);
      await send(arrival, 'US');
      await ledger().delivered(arrival, 80);
      const rows = await ledger().answerRows(arrival.id, 0, 10);
      expect(rows.map(({ state, cells }) => [state, cells['File']])).toEqual([
        ['accepted', 'C-US-0.csv'],
        ['duplicate', 'C-US-0.csv'],
        ['rejected', undefined],
      ]);
    });

    it('are kept with the attempt, as far as reads told them, and belong to its doubt', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [given.row(2, 'a'), given.row(3, 'b')]);
      const lines = [line('US', { Id: 'a', Price: '9' })];
      await ledger().openAttempt({ ...given.opened(arrival, 2), lines });
      const { id } = await ledger().openCall({
        ...{ claim: arrival, target: 't', operation: 'o', code: null, at: 40 },
        rows: [{ line: 3, request: {}, lines }],
      });
      const [first, second] = await ledger().pendingRows(arrival, 0, 10);
      expect(first?.inDoubt?.lines).toEqual(lines);
      expect(second?.inDoubt?.lines).toEqual(lines);
      expect(await ledger().callRows(arrival, id)).toMatchObject([{ line: 3, lines }]);
    });

    it('go into a further file when a person finds a parked row to be accepted', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [given.row(2, 'a'), given.row(3, 'b')]);
      const lines = [line('US', { Id: 'a' })];
      const attempt = await ledger().openAttempt({ ...given.opened(arrival, 2), lines });
      await ledger().closeAttempt(given.ended(arrival, 2, attempt, given.parked));
      await ledger().settleRow(arrival, 3, into(line('US', { Id: 'b' })), 50);
      await send(arrival, 'US');
      await ledger().delivered(arrival, 80);
      await ledger().acknowledged(arrival, 'processed', null, 81);
      await ledger().settled(arrival, 82);

      const verdict = { what: 'accepted', by: 'ops', because: 'seen there' } as const;
      const reopened = await ledger().decide(arrival.id, given.only(2), verdict, 90);
      expect(reopened).toMatchObject({ state: 'staged', round: 1 });
      expect(await ledger().linesToPlan(arrival.id)).toEqual([{ file: 'contracts', split: 'US', rows: 1 }]);
      const taken = await ledger().resume('acme', 'sales', given.me, 91);
      if (!taken) throw new Error('nothing to resume');
      const further = await send(taken, 'US');
      expect(further.path).toBe('/in/C-US-1.csv');
      expect(await ledger().fileLines(further.id, 0, 10)).toEqual([{ line: 2, cells: { Id: 'a' } }]);
      expect(await ledger().delivered(taken, 95)).toMatchObject({ counts: { accepted: 2, parked: 0 } });
    });

    it('are planned by nobody whose claim is not the newest', async () => {
      const arrival = await given.staged(ledger(), 'a.csv', [given.row(2, 'a')]);
      const file = await plan(arrival, 'US');
      await given.takenOver(ledger());
      await expect(
        ledger().planLines(arrival, { outbound: file.id, file: 'contracts', split: 'US', layout }),
      ).rejects.toMatchObject({ code: 'LEDGER_STALE' });
    });
  });
}
