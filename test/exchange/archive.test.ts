/** Months are archived over a real server, by an app that polls as usual. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { list } from 'tar';
import { afterEach, describe, expect, it } from 'vitest';
import type { Verified } from '../../src/exchange/archive/verify.ts';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { cancellation, csv, sale } from '../support/sales.ts';

let exchange: Exchange;
afterEach(() => exchange.stop());

async function start(
  archive: Record<string, unknown> = {},
  adjust: (config: Yaml) => void = () => undefined,
): Promise<void> {
  exchange = await startExchange({
    adjust: (config) => {
      config.partners.acme.archive = { timeZone: 'Asia/Kolkata', restDays: 0, ...archive };
      adjust(config);
    },
  });
}

const policy = () => {
  const [found] = exchange.app.archives.policies;
  if (!found) throw new Error('nothing is archived');
  return found;
};
const run = (): Promise<unknown> => exchange.app.archives.run(policy());
const verify = (): Promise<Verified> => exchange.app.archives.verify(policy());
const hashOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

async function receive(name: string, content = csv([sale(1)])): Promise<string> {
  await exchange.drop(name, content);
  expect((await exchange.poll()).waitsFor).toBeNull();
  return content;
}

/** Every file below a folder of the partner's, by path. */
async function tree(folder: string): Promise<string[]> {
  const root = join(exchange.root, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name).slice(root.length + 1)] : []))
    .toSorted();
}

describe('the archive as folders', () => {
  it('takes sources and answers of a month that is due, whole, with a manifest; the originals go', async () => {
    await start();
    const content = await receive('Sales_20240811.csv');
    const answer = await exchange.read('/out/SalesAck_20240811.csv');
    expect(await run()).toBeNull();

    expect(await tree('archive')).toEqual([
      '2024-08.manifest.jsonl',
      '2024-08/out/SalesAck_20240811.csv',
      '2024-08/processed/Sales_20240811.csv',
    ]);
    expect(await exchange.read('/archive/2024-08/processed/Sales_20240811.csv')).toBe(content);
    expect(await exchange.read('/archive/2024-08/out/SalesAck_20240811.csv')).toBe(answer);
    expect([await exchange.list('/processed'), await exchange.list('/out')]).toEqual([[], []]);
    const lines = (await exchange.read('/archive/2024-08.manifest.jsonl')).trimEnd().split('\n');
    const [head, ...entries] = lines.map((line) => JSON.parse(line));
    expect(head).toMatchObject({ partner: 'acme', month: '2024-08', part: 1 });
    expect(entries[1]).toMatchObject({
      name: 'processed/Sales_20240811.csv',
      from: '/processed/Sales_20240811.csv',
      sha256: hashOf(content),
      bytes: content.length,
      counts: { rows: 1, accepted: 1 },
    });
    expect(await verify()).toEqual({ archives: 1, files: 2, findings: [] });
  });

  it('takes what lies beside a packed answer with it, as far as the partner has left it there', async () => {
    await start({}, (config) => {
      const packing = { gzip: true, checksum: true, doneFile: '{name}.done' };
      config.feeds['acme-sales'].acknowledgement = { packing };
    });
    await receive('Sales_20240811.csv');
    await rm(join(exchange.root, 'out', 'SalesAck_20240811.csv.gz.done'));
    expect(await run()).toBeNull();
    expect(await tree('archive')).toEqual([
      '2024-08.manifest.jsonl',
      '2024-08/out/SalesAck_20240811.csv.gz',
      '2024-08/out/SalesAck_20240811.csv.gz.sha256',
      '2024-08/processed/Sales_20240811.csv',
    ]);
    expect(await exchange.list('/out')).toEqual([]);
    const files = await exchange.app.ledger.archivedFiles(1);
    expect(files.map(({ kind, state }) => [kind, state])).toEqual([
      ['companion', 'gone'],
      ['companion', 'kept'],
      ['answer', 'kept'],
      ['source', 'kept'],
    ]);
    expect(await verify()).toEqual({ archives: 1, files: 3, findings: [] });
  });

  it('leaves what is not due, what is unfinished and what nobody knows', async () => {
    await start();
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    await receive(`Sales_${today}.csv`);
    await writeFile(join(exchange.root, 'processed', 'Sales_20200101.csv'), 'from before');
    await exchange.drop('Sales_20240812.csv', csv([sale(2)]));
    exchange.rehearsal.servify.faults.next('Contract/createContract', { kind: 'status', status: 503 }, 50);
    expect((await exchange.poll()).waitsFor).not.toBeNull();
    expect(await run()).toBeNull();
    expect(await tree('archive')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual(['Sales_20200101.csv', `Sales_${today}.csv`]);
  });

  it('waits for as long as a file is to rest', async () => {
    await start({ restDays: 1 });
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    expect(await tree('archive')).toEqual([]);
  });

  it('makes up for months that were missed, oldest first, once each; what comes later makes a part of its own', async () => {
    await start();
    await receive('Sales_20240930.csv');
    await receive('Sales_20240811.csv', csv([sale(2)]));
    expect(await run()).toBeNull();
    expect(await run()).toBeNull();
    await receive('Sales_20240812.csv', csv([sale(3)]));
    expect(await run()).toBeNull();
    const archives = await exchange.app.ledger.archives('acme');
    expect(archives.map(({ month, part, state }) => [month, part, state])).toEqual([
      ['2024-08', 1, 'cleared'],
      ['2024-09', 1, 'cleared'],
      ['2024-08', 2, 'cleared'],
    ]);
    expect(await tree('archive/2024-08-2')).toEqual([
      'out/SalesAck_20240812.csv',
      'processed/Sales_20240812.csv',
    ]);
    expect((await verify()).findings).toEqual([]);
  });

  it('notes what is gone, leaves what was changed, and tells a person about that', async () => {
    await start();
    await receive('Sales_20240811.csv');
    await rm(join(exchange.root, 'out', 'SalesAck_20240811.csv'));
    await writeFile(join(exchange.root, 'processed', 'Sales_20240811.csv'), 'changed');
    expect(await run()).toBeNull();
    expect(await exchange.read('/processed/Sales_20240811.csv')).toBe('changed');
    const [archive] = await exchange.app.ledger.archives('acme');
    const files = await exchange.app.ledger.archivedFiles(archive?.id ?? 0);
    expect(files.map(({ kind, state }) => [kind, state])).toEqual([
      ['answer', 'gone'],
      ['source', 'other'],
    ]);
    await exchange.app.tell();
    expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
      'acme: 1 file of 2024-08 changed since',
    ]);
    expect((await verify()).findings).toEqual([]);
  });

  it.each([
    ['OPEN', /archive/],
    ['WRITE', /archive/],
    ['RENAME', /manifest/],
    ['REMOVE', /^\/processed/],
    ['READ', /^\/out/],
  ] as const)(
    'goes on where it stopped when the server breaks off at %s %s, also in another process',
    async (request, path) => {
      await start();
      const content = await receive('Sales_20240811.csv');
      exchange.rehearsal.sftp.faults.next(request, { answer: 'disconnect' }, { path, times: 20 });
      expect(await run()).toMatchObject({ retry: 'later' });
      // Nothing is removed before all of it lies in the archive.
      const kept = [
        ...(await tree('processed')),
        ...(await tree('archive')).filter((name) => name.endsWith('Sales_20240811.csv')),
      ];
      expect(kept).not.toEqual([]);
      exchange.rehearsal.sftp.faults.clear();
      await exchange.restart();
      expect(await run()).toBeNull();
      expect(await exchange.read('/archive/2024-08/processed/Sales_20240811.csv')).toBe(content);
      expect([await exchange.list('/processed'), await exchange.list('/out')]).toEqual([[], []]);
      expect(await verify()).toEqual({ archives: 1, files: 2, findings: [] });
      await exchange.app.tell();
      expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
        'acme: the archive waits',
        expect.stringMatching(/^Over after .*: acme: the archive waits$/),
      ]);
    },
  );

  it('removes nothing when the archive is not there any more', async () => {
    await start();
    await receive('Sales_20240811.csv');
    exchange.rehearsal.sftp.faults.next(
      'REMOVE',
      { answer: 'disconnect' },
      { path: /^\/processed|^\/out/, times: 20 },
    );
    expect(await run()).not.toBeNull();
    exchange.rehearsal.sftp.faults.clear();
    await rm(join(exchange.root, 'archive', '2024-08', 'processed', 'Sales_20240811.csv'));
    expect(await run()).toMatchObject({ code: 'ARCHIVE_BROKEN' });
    expect(await exchange.list('/processed')).toEqual(['Sales_20240811.csv']);
    await mkdir(join(exchange.root, 'archive', '2024-08', 'processed'), { recursive: true });
  });

  it('is still as it was made when a decision changes what became of a row', async () => {
    await start();
    exchange.rehearsal.servify.faults.next('Contract/cancelContract', { kind: 'drop-after' });
    await receive('Sales_20240811.csv', csv([sale(1), cancellation(1)]));
    expect(await run()).toBeNull();
    const verdict = { what: 'accepted', by: 'op', because: 'asked' } as const;
    await exchange.app.ledger.decide(1, [{ from: 3, to: 3 }], verdict, Date.now());
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect((await verify()).findings).toEqual([]);
    expect(await run()).toBeNull();
    expect(await tree('archive/2024-08-2')).toEqual(['out/SalesAck_20240811_S01.csv']);
    expect((await verify()).findings).toEqual([]);
  });

  it('deletes files when they were kept for as long as agreed; the manifest stays', async () => {
    await start({ keepMonths: 12 });
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    expect(await tree('archive')).toEqual(['2024-08.manifest.jsonl']);
    expect(await exchange.app.ledger.archives('acme')).toMatchObject([{ deletedAt: expect.any(Number) }]);
    expect(await verify()).toEqual({ archives: 1, files: 0, findings: [] });
  });
});

describe('the archive as bundles', () => {
  it('holds the same files, on this machine where that is wanted', async () => {
    await start({ form: 'bundle', local: 'archive/acme' });
    const content = await receive('Sales_20240811.csv');
    exchange.rehearsal.sftp.faults.next(
      'REMOVE',
      { answer: 'disconnect' },
      { path: /^\/processed/, times: 20 },
    );
    expect(await run()).not.toBeNull();
    exchange.rehearsal.sftp.faults.clear();
    await exchange.restart();
    expect(await run()).toBeNull();
    const folder = join(exchange.folder, 'archive', 'acme', 'acme');
    expect((await readdir(folder)).toSorted()).toEqual(['2024-08.manifest.jsonl', '2024-08.tar.gz']);
    const held = new Map<string, string>();
    await list({
      file: join(folder, '2024-08.tar.gz'),
      onReadEntry: (entry) => {
        const chunks: Buffer[] = [];
        entry.on('data', (chunk: Buffer) => chunks.push(chunk));
        entry.on('end', () => held.set(entry.path, Buffer.concat(chunks).toString()));
      },
    });
    expect([...held.keys()].toSorted()).toEqual([
      'out/SalesAck_20240811.csv',
      'processed/Sales_20240811.csv',
    ]);
    expect(held.get('processed/Sales_20240811.csv')).toBe(content);
    expect([await exchange.list('/processed'), await exchange.list('/out')]).toEqual([[], []]);
    expect(await verify()).toEqual({ archives: 1, files: 2, findings: [] });
  });

  it('goes on when the server broke off while the manifest was written', async () => {
    await start({ form: 'bundle' });
    await receive('Sales_20240811.csv');
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'disconnect' }, { path: /manifest/, times: 20 });
    expect(await run()).not.toBeNull();
    exchange.rehearsal.sftp.faults.clear();
    await exchange.restart();
    expect(await run()).toBeNull();
    expect(await verify()).toEqual({ archives: 1, files: 2, findings: [] });
    expect([await exchange.list('/processed'), await exchange.list('/out')]).toEqual([[], []]);
  });

  it('is none when nothing of a month is left, and holds up no other', async () => {
    await start({ form: 'bundle' });
    await receive('Sales_20240811.csv');
    for (const path of ['out/SalesAck_20240811.csv', 'processed/Sales_20240811.csv'])
      await rm(join(exchange.root, path));
    await receive('Sales_20240911.csv', csv([sale(2)]));
    expect(await run()).toBeNull();
    expect(await tree('archive')).toEqual([
      '2024-08.manifest.jsonl',
      '2024-09.manifest.jsonl',
      '2024-09.tar.gz',
    ]);
    expect((await verify()).findings).toEqual([]);
  });

  it('stays where it is when new ones go elsewhere', async () => {
    await start({ form: 'bundle' });
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    await exchange.restart((config) => {
      config.partners.acme.archive.local = 'archive/acme';
    });
    await receive('Sales_20240812.csv', csv([sale(2)]));
    expect(await run()).toBeNull();
    expect(await readdir(join(exchange.folder, 'archive', 'acme', 'acme'))).toContain('2024-08-2.tar.gz');
    expect(await verify()).toEqual({ archives: 2, files: 4, findings: [] });
  });

  it('is found out when a byte of it is changed', async () => {
    await start({ form: 'bundle' });
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    const path = join(exchange.root, 'archive', '2024-08.tar.gz');
    const bytes = await readFile(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect((await verify()).findings).toMatchObject([
      { path: '/archive/2024-08.tar.gz', problem: 'its bytes were changed' },
    ]);
  });
});

describe('what was done to an archive is found', () => {
  const manifest = '2024-08.manifest.jsonl';
  const at = (path: string): string => join(exchange.root, 'archive', path);
  const change = (edit: (text: string) => string) => async (path: string) => {
    await writeFile(at(path), edit(await readFile(at(path), 'utf8')));
  };

  it.each<[what: string, path: string, act: (path: string) => Promise<void>, problem: string]>([
    [
      'a file with other bytes',
      '2024-08/processed/Sales_20240811.csv',
      change((text) => text.replace('1', '2')),
      'its bytes were changed',
    ],
    [
      'a file that grew',
      '2024-08/processed/Sales_20240811.csv',
      change((text) => `${text}x`),
      'it is larger than it was',
    ],
    ['a file that is gone', '2024-08/out/SalesAck_20240811.csv', (path) => rm(at(path)), 'it is gone'],
    ['a manifest that is gone', manifest, (path) => rm(at(path)), 'it is gone'],
    [
      'a changed entry',
      manifest,
      change((text) => text.replace('"accepted":1', '"accepted":0')),
      'line 2 is not as it was written',
    ],
    [
      'an entry left out',
      manifest,
      change((text) => text.replace(/\n.*processed.*\n/, '\n')),
      'line 3 is not as it was written',
    ],
    [
      'a cut end',
      manifest,
      change((text) => text.slice(0, text.lastIndexOf('{"entries'))),
      'line 4 is not as it was written',
    ],
    ['a line put in', manifest, change((text) => `${text}{}\n`), 'line 5 is not as it was written'],
  ])('%s', async (_what, path, act, problem) => {
    await start();
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    await act(path);
    expect((await verify()).findings).toMatchObject([{ path: `/archive/${path}`, problem }]);
  });

  it.each<[what: string, form: string, put: string, found: string]>([
    [
      'a file in the folder of a month',
      'folder',
      '2024-08/processed/extra.csv',
      '2024-08/processed/extra.csv',
    ],
    ['a folder in the folder of a month', 'folder', '2024-08/in/a.csv', '2024-08/in'],
    ['a month with its manifest', 'folder', '2024-09.manifest.jsonl', '2024-09.manifest.jsonl'],
    ['a month', 'folder', '2024-09/processed/a.csv', '2024-09'],
    ['a bundle beside a folder', 'folder', '2024-08.tar.gz', '2024-08.tar.gz'],
    ['a folder beside a bundle', 'bundle', '2024-08/processed/Sales_20240811.csv', '2024-08'],
  ])('%s that was put in', async (_what, form, put, found) => {
    await start({ form });
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    await mkdir(dirname(at(put)), { recursive: true });
    await writeFile(at(put), 'x');
    expect((await verify()).findings).toEqual([
      {
        ...{ archive: null, path: `/archive/${found}`, problem: 'it was put in: no manifest names it' },
        fix: expect.stringContaining('take it away by hand'),
      },
    ]);
    expect(await readFile(at(put), 'utf8')).toBe('x');
  });

  it('what was put in where nothing was archived yet, or in the place of what was deleted', async () => {
    await start({ keepMonths: 12 });
    await mkdir(at('2024-08/processed'), { recursive: true });
    expect((await verify()).findings).toMatchObject([{ path: '/archive/2024-08' }]);
    await receive('Sales_20240811.csv');
    expect(await run()).toBeNull();
    expect((await verify()).findings).toEqual([]);
    await writeFile(at('2024-08/processed/Sales_20240811.csv'), 'x');
    expect((await verify()).findings).toMatchObject([
      { path: '/archive/2024-08/processed/Sales_20240811.csv' },
    ]);
  });

  it('nothing while a month is on its way there', async () => {
    await start();
    await receive('Sales_20240811.csv');
    exchange.rehearsal.sftp.faults.next('RENAME', { answer: 'disconnect' }, { path: /manifest/, times: 20 });
    expect(await run()).not.toBeNull();
    exchange.rehearsal.sftp.faults.clear();
    expect(await tree('archive')).toContain('2024-08/processed/Sales_20240811.csv');
    expect(await verify()).toEqual({ archives: 0, files: 0, findings: [] });
  });
});
