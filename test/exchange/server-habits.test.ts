/** The whole way of a file over servers of difficult habits, which are found out at the first poll. */
import { afterEach, describe, expect, it } from 'vitest';
import { gate, patience } from '../../src/exchange/gate.ts';
import type { SftpCharacter } from '../../src/sandbox/sftp-server.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const blocks = (bytes: number): number => Math.ceil(bytes / 4096) * 4096;

describe('an exchange over a server', () => {
  let exchange: Exchange;
  afterEach(() => exchange.stop());

  const difficult: Record<string, Partial<SftpCharacter>> = {
    'that replaces and tells no times': { rename: 'replaces', modifiedAt: 'none' },
    'that states sizes in blocks': { statedSize: blocks },
    'that states no sizes and replaces': { statedSize: () => 0, rename: 'replaces' },
    'that lets in one at a time, and replaces where it does not link': {
      sessions: 1,
      rename: 'replaces',
      extensions: ['hardlink@openssh.com'],
    },
  };

  it.each(Object.entries(difficult))('%s ends as over any other', async (_what, character) => {
    exchange = await startExchange({ character });
    await exchange.drop(name, csv([sale(1), sale(2, { State: '' })]));
    const { arrivals, waitsFor } = await exchange.poll();
    expect(waitsFor).toBeNull();
    expect(arrivals).toMatchObject([{ state: 'settled', counts: { rows: 2, accepted: 1, rejected: 1 } }]);
    const answer = rowsOf(await exchange.read('/out/SalesAck_20240611_153000.csv'));
    expect(answer.map((row) => row['Result'])).toEqual(['Accepted', 'Rejected']);
    expect(await exchange.list('/in')).toEqual([]);
    expect(await exchange.list('/processed')).toHaveLength(1);
    expect(exchange.rehearsal.servify.effects.size).toBe(1);
  });

  it('that would replace: a source is filed under its arrival number, which nobody else uses', async () => {
    exchange = await startExchange({ character: { rename: 'replaces' } });
    await exchange.drop(name, csv([sale(1)]));
    await exchange.poll();
    expect(await exchange.list('/processed')).toEqual(['Sales_20240611_153000~1.csv']);
  });

  it.each<[string, Partial<SftpCharacter>]>([
    ['tells no times', { modifiedAt: 'none' }],
    ['tells neither times nor sizes', { modifiedAt: 'none', statedSize: () => 0 }],
  ])(
    'that %s: a new drop of the same name and length is not filed away for the old one',
    async (_what, character) => {
      exchange = await startExchange({ character });
      await exchange.drop(name, csv([sale(1)]));
      exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'failure' }, { path: /^\/in\/Sales/ });
      await exchange.poll();
      expect((await exchange.app.ledger.arrival(1))?.state).toBe('acknowledged');
      await exchange.drop(name, csv([sale(2)]));
      await exchange.poll();
      await exchange.poll();
      const arrivals = await exchange.app.ledger.arrivals({ limit: 10 });
      expect(arrivals.map(({ state, counts }) => [state, counts.accepted])).toEqual([
        ['settled', 1],
        ['settled', 1],
      ]);
      expect(exchange.rehearsal.servify.effects.size).toBe(2);
    },
  );

  it('that states no sizes: a file larger than allowed is refused once and not read for ever', async () => {
    exchange = await startExchange({
      character: { statedSize: () => 0 },
      adjust: (config) => {
        config.limits = { maxBytes: '1KB' };
      },
    });
    await exchange.drop(name, csv([sale(1), sale(2), sale(3), sale(4)]));
    await exchange.poll();
    expect(await exchange.app.ledger.arrivals({ limit: 10 })).toMatchObject([
      { state: 'settled', problem: { code: 'FILE_TOO_LARGE' } },
    ]);
    expect(await exchange.list('/in')).toEqual([]);
  });

  it('is tried out once for all polls and processes, and nothing of that is left', async () => {
    exchange = await startExchange({ probe: true });
    await exchange.poll();
    const { connections } = exchange.rehearsal.sftp;
    await exchange.restart();
    await exchange.poll();
    expect(exchange.rehearsal.sftp.connections).toBe(connections + 1);
    expect(await exchange.list('/out')).toEqual([]);
  });

  it('that cannot be tried out works all the same', async () => {
    exchange = await startExchange({ probe: true });
    exchange.rehearsal.sftp.faults.next('OPEN', { answer: 'failure' }, { path: /probe/ });
    await exchange.drop(name, csv([sale(1)]));
    expect((await exchange.poll()).arrivals).toMatchObject([{ state: 'settled' }]);
    expect(exchange.log.filter((line) => line.includes('what the server does could not'))).toHaveLength(1);
  });
});

describe('how long a file has to look the same', () => {
  const stable = { kind: 'stable', forMs: 10_000 } as const;

  it.each([
    [1, 10_001],
    [1_000, 11_000],
    [60_000, 70_000],
    [null, 20_000],
  ])('with times in steps of %s ms it is %i ms', (resolution, forMs) => {
    expect(patience(stable, resolution)).toEqual({ kind: 'stable', forMs });
  });

  it('is of no interest where a done-file says when', () => {
    const when = { kind: 'done-file', pattern: '{name}.done' } as const;
    expect(patience(when, 60_000)).toBe(when);
  });

  it('outlasts a second write within the same minute, which shows neither in the time nor in the length', () => {
    const entry = { name, kind: 'file' as const, size: 100, modifiedAt: 0 };
    const all = new Set([name]);
    const looked = (when: typeof stable, at: number, before = new Map()) =>
      gate([entry], all, when, before, { now: at, steadySince: 0 });
    const first = looked(stable, 20_000);
    // Written again at second 29, and looked at right after.
    expect(looked(stable, 30_000, new Map(first.sightings)).ready).toHaveLength(1);
    const patient = patience(stable, 60_000) as typeof stable;
    expect(looked(patient, 30_000, new Map(first.sightings)).ready).toHaveLength(0);
    expect(looked(patient, 90_000, new Map(first.sightings)).ready).toHaveLength(1);
  });
});
