/** What goes out, what is archived and what is told, over the sshd of OpenSSH: it has limits, errors and habits of its own. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/remote/keygen.ts';
import type { Exchange } from '../support/exchange.ts';
import { contractExport, movedClock, runExport, sell, startExports } from '../support/exports.ts';
import { hasOpenSsh, type OpenSsh, startOpenSsh } from '../support/openssh.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

describe.skipIf(!hasOpenSsh())('over the sshd of OpenSSH', () => {
  const clock = movedClock('2024-10-01T06:00:00Z');
  let server: OpenSsh;
  let exchange: Exchange;

  beforeEach(async () => {
    server = await startOpenSsh(['in', 'out', 'processed', 'errored', 'archive']);
  });
  afterEach(async () => {
    await exchange?.stop();
    await server.stop();
  });

  const start = async (archive = {}): Promise<void> => {
    clock.set('2024-10-01T06:00:00Z');
    const window = { length: 'day', start: '2024-09-29' };
    exchange = await startExports(
      { contracts: contractExport({ window }) },
      {
        ...{ server, clock },
        adjust({ partners }) {
          partners.acme.archive = {
            ...{ timeZone: 'Asia/Kolkata', restDays: 0, folder: `${server.base}/archive`, ...archive },
          };
        },
      },
    );
  };
  const archive = () => {
    const [policy] = exchange.app.archives.policies;
    if (!policy) throw new Error('nothing is archived');
    return {
      run: () => exchange.app.archives.run(policy),
      verify: () => exchange.app.archives.verify(policy),
    };
  };
  const receive = async (name: string): Promise<void> => {
    await exchange.drop(name, csv([sale(1)]));
    expect((await exchange.poll()).waitsFor).toBeNull();
  };
  const subjects = (): string[] => exchange.rehearsal.mail.messages().map(({ subject }) => subject);
  const open = async (): Promise<string[]> =>
    (await exchange.app.ledger.incidents('open', 10)).map(({ kind }) => kind);

  it('exports bring each window once, also after the server was away', async () => {
    await start();
    sell(exchange, ['A-1', '2024-09-29'], ['A-2', '2024-09-30']);
    await server.goAway();
    expect((await runExport(exchange)).waitsFor).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect([await open(), await exchange.list('/out')]).toEqual([['export-failed'], []]);
    await server.comeBack();
    expect((await runExport(exchange)).waitsFor).toBeNull();
    expect((await runExport(exchange)).files).toEqual([]);
    const files = ['Contracts_20240930_000000.csv', 'Contracts_20241001_000000.csv'];
    expect(await exchange.list('/out')).toEqual(files);
    const ids = await Promise.all(
      files.map(async (name) =>
        rowsOf(await exchange.read(`/out/${name}`)).map((row) => Object.values(row)[0]),
      ),
    );
    expect(ids).toEqual([['A-1'], ['A-2']]);
    expect([await open(), subjects()]).toEqual([
      [],
      [expect.stringContaining('contracts waits'), expect.stringMatching(/^Over after .*contracts waits$/)],
    ]);
  });

  it.each([
    ['folder', '2024-08/processed/Sales_20240811.csv'],
    ['bundle', '2024-08.tar.gz'],
  ])('the archive as a %s takes the month, and shows that a byte was added', async (form, name) => {
    await start({ form });
    await receive('Sales_20240811.csv');
    await receive('Sales_20240901.csv');
    expect(await archive().run()).toBeNull();
    expect(await archive().verify()).toMatchObject({ archives: 1, files: 2, findings: [] });
    expect(await exchange.list('/processed')).toEqual(['Sales_20240901.csv']);
    const stored = join(server.root, 'archive', name);
    const before = await readFile(stored);
    await appendFile(stored, 'x');
    expect((await archive().verify()).findings).not.toEqual([]);
    expect((await readFile(stored)).length).toBe(before.length + 1);
  });

  it('another host key is one critical incident, and over with the pinned one', async () => {
    await start();
    await server.goAway();
    await server.comeBack(generateKeyPair('stranger'));
    for (let poll = 0; poll < 2; poll++)
      expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'REMOTE_HOST_KEY' });
    expect(await open()).toEqual(['host-key']);
    await server.goAway();
    await server.comeBack(server.hostKey);
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect([await open(), subjects()]).toEqual([
      [],
      [expect.stringContaining('host key'), expect.stringMatching(/^Over after .*host key/)],
    ]);
  });
});
