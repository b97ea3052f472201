/** A file is brought out over a real server, by owners who may go away at any moment. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { always } from '../../src/base/permit.ts';
import { writeCsv } from '../../src/csv/writer.ts';
import { planOutbound, sendOutbound } from '../../src/exchange/outbound/send.ts';
import type { Making, OutboundPorts, WriteOutbound } from '../../src/exchange/outbound/types.ts';
import { openSpool, type Spool } from '../../src/exchange/spool.ts';
import type { ExchangeEvent } from '../../src/exchange/types.ts';
import type { Ledger, OutboundFile } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import type { RemoteFolder } from '../../src/remote/port.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from '../support/sftp.ts';

const path = '/out/Contracts_20260101_000000.csv';
const wanted = {
  ...{ partner: 'acme', origin: 'export' as const, name: 'contracts', key: 'from 0', arrival: null, path },
  ...{ window: { from: 0, to: 10 }, covers: true },
};
const text = 'Id\r\n1\r\n2\r\n';

let folder: string;
let server: EmbeddedSftp;
let remote: RemoteFolder;
let ledger: Ledger;
let spool: Spool;
let stopping: AbortController;
let events: ExchangeEvent[];
/** How often the file was written. */
let written: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  server = await startEmbeddedSftp();
  remote = await openSftpFolder(server.options());
  ledger = await openLedger({ file: join(folder, 'ledger.db') });
  spool = await openSpool(join(folder, 'spool'));
  stopping = new AbortController();
  events = [];
  written = 0;
});
afterEach(async () => {
  await remote.close();
  await server.stop();
  await ledger.close();
  await rm(folder, { recursive: true });
});

/** Each is another process; those before are gone. */
const ports = (process = 'first', over: Partial<OutboundPorts> = {}): OutboundPorts => ({
  ...{ ledger, remote, spool, clock: systemClock, permit: always, room: { demand: () => undefined } },
  owner: { id: process, leaseMs: 60_000, isGone: (other) => other !== process },
  signal: stopping.signal,
  report: (event) => void events.push(event),
  ...over,
});

const ids: WriteOutbound = (draft) => {
  written++;
  return writeCsv(draft, { header: ['Id'], rows: [['1'], ['2']] });
};
const making: Making = { write: ids, parcel: null };

const list = async (): Promise<string[]> => (await readdir(join(server.root, 'out'))).sort();
const read = (name: string): Promise<string> => readFile(join(server.root, 'out', name), 'utf8');
const names = (file: OutboundFile): string => file.path.slice('/out/'.length);

it('is written, brought and recorded, and leaves nothing behind', async () => {
  const file = await sendOutbound(await planOutbound(wanted, null, ports()), making, ports());
  expect(file).toMatchObject({ state: 'sent', path, contents: { rows: 2, bytes: text.length } });
  expect(await list()).toEqual([names(file)]);
  expect(await read(names(file))).toBe(text);
  expect(await ledger.coveredTo('contracts')).toBe(10);
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
  expect(events).toMatchObject([{ kind: 'outbound', file: { id: file.id, state: 'sent' } }]);
});

it('is sent once, however often it is asked for', async () => {
  await sendOutbound(await planOutbound(wanted, null, ports()), making, ports());
  const again = await planOutbound(wanted, null, ports('second'));
  expect(await sendOutbound(again, making, ports('second'))).toEqual(again);
  expect([written, await list()]).toEqual([1, [names(again)]]);
});

it('is not made when there is nothing to bring, and its window is covered all the same', async () => {
  const file = await sendOutbound(
    await planOutbound(wanted, null, ports()),
    { write: async () => null, parcel: null },
    ports(),
  );
  expect(file).toMatchObject({ state: 'dropped', contents: null });
  expect(await list()).toEqual([]);
  expect(await ledger.coveredWindows('contracts', 1)).toMatchObject([{ outcome: 'empty', file: file.id }]);
});

it('stays planned when it cannot be written', async () => {
  const file = await planOutbound(wanted, null, ports());
  await expect(
    sendOutbound(file, { write: () => Promise.reject(new Error('no')), parcel: null }, ports()),
  ).rejects.toThrow('no');
  expect(await ledger.outboundFile(file.id)).toMatchObject({ state: 'planned' });
  expect(await ledger.coveredTo('contracts')).toBeNull();
});

it('leaves what others put under its name, whenever they do', async () => {
  await writeFile(join(server.root, path), 'before');
  const file = await planOutbound(wanted, null, ports());
  expect(names(file)).toBe('Contracts_20260101_000000-2.csv');
  await writeFile(join(server.root, file.path), 'between');
  const sent = await sendOutbound(file, making, ports());
  expect(names(sent)).toBe('Contracts_20260101_000000-3.csv');
  const texts = await Promise.all([path, file.path, sent.path].map((one) => read(one.slice('/out/'.length))));
  expect(texts).toEqual(['before', 'between', text]);
});

describe('when the work is cut off', () => {
  async function cutOff(what: Partial<OutboundPorts>): Promise<OutboundFile> {
    const file = await planOutbound(wanted, null, ports());
    await expect(sendOutbound(file, making, ports('first', what))).rejects.toMatchObject({ code: 'STOPPED' });
    return file;
  }
  const stopped = () => Promise.reject(Object.assign(new Error('cut off'), { code: 'STOPPED' }));

  async function goOn(): Promise<OutboundFile> {
    const file = await ledger.resumeOutbound(wanted, ports('second').owner, Date.now());
    if (!file) throw new Error('nothing is left to do');
    return sendOutbound(file, making, ports('second'));
  }

  it('before it was brought, the next owner brings the very bytes that were written', async () => {
    await cutOff({ remote: { ...remote, permittedBy: () => ({ ...remote, put: stopped }) } });
    expect(await list()).toEqual([]);
    expect(await goOn()).toMatchObject({ state: 'sent', path });
    expect([written, await list()]).toEqual([1, [path.slice(5)]]);
  });

  it('before that was recorded, the next owner finds it there', async () => {
    await cutOff({ ledger: { ...ledger, outboundSent: stopped } });
    expect(await goOn()).toMatchObject({ state: 'sent', path });
    expect([written, await list()]).toEqual([1, [path.slice(5)]]);
  });

  it('before that was recorded, and the spool is lost, the next owner finds it there too', async () => {
    const file = await cutOff({ ledger: { ...ledger, outboundSent: stopped } });
    await spool.clearOutbound(file.id);
    expect(await goOn()).toMatchObject({ state: 'sent', path });
    expect([written, await list()]).toEqual([1, [path.slice(5)]]);
  });

  it('before it was brought, and the spool is lost, it is written anew', async () => {
    const file = await cutOff({ remote: { ...remote, permittedBy: () => ({ ...remote, put: stopped }) } });
    await spool.clearOutbound(file.id);
    expect(await goOn()).toMatchObject({ state: 'sent', path });
    expect([written, await list()]).toEqual([2, [path.slice(5)]]);
  });

  it('the one who was thought gone can do nothing more', async () => {
    const file = await planOutbound(wanted, null, ports());
    await ledger.resumeOutbound(wanted, ports('second').owner, Date.now());
    await expect(sendOutbound(file, making, ports())).rejects.toMatchObject({ code: 'LEDGER_STALE' });
    expect([written, await list()]).toEqual([0, []]);
  });
});

it.each([
  ['WRITE', 'failure'],
  ['WRITE', 'drop-bytes'],
  ['WRITE', 'disconnect'],
  ['RENAME', 'disconnect'],
  ['RENAME', 'reply-lost'],
  ['EXTENDED', 'reply-lost'],
] as const)(
  'is whole under its name or not there when a server meets %s with %s',
  async (request, answer) => {
    server.faults.next(request, { answer }, { times: 1 });
    const file = await planOutbound(wanted, null, ports());
    const first = await sendOutbound(file, making, ports()).catch((error: unknown) => error);
    if (first instanceof Error) expect(first).toMatchObject({ retry: 'later' });
    const again = await ledger.resumeOutbound(wanted, ports('second').owner, Date.now());
    if (again) await sendOutbound(again, making, ports('second'));
    expect(await list()).toEqual([path.slice(5)]);
    expect(await read(path.slice(5))).toBe(text);
    expect(await ledger.coveredTo('contracts')).toBe(10);
  },
);
