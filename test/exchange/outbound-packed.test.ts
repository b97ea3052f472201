/** A packed file is brought out over a real server: whatever happens in between, one file of recorded bytes, and what lies beside it fits. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as pgp from 'openpgp';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OutboundPorts } from '../../src/exchange/outbound/types.ts';
import type { Parcel } from '../../src/exchange/types.ts';
import type { OutboundFile } from '../../src/ledger/port.ts';
import { openPacker } from '../../src/packing/pack.ts';
import type { PackSpec } from '../../src/packing/port.ts';
import { cutOff, type OutboundRig, startOutbound, text, wanted } from '../support/outbound.ts';
import { newPgpKey, own, pinned, type TestKey } from '../support/pgp.ts';

// Each packs, encrypts and signs by itself: that takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const plain = posix.basename(wanted.path);
const name = `${plain}.gz.pgp`;
const all = [name, `${name}.done`, `${name}.sha256`];

let us: TestKey;
let partner: TestKey;
let rig: OutboundRig;
beforeAll(async () => {
  [us, partner] = await Promise.all([newPgpKey('us'), newPgpKey('partner')]);
});
beforeEach(async () => {
  rig = await startOutbound();
  rig.parcel = await parcelOf({ gzip: true, pgp: { encryptTo: [pinned(partner)], signWith: own(us) } });
});
afterEach(() => rig.stop());

const parcelOf = async (spec: PackSpec, beside: Partial<Parcel> = {}): Promise<Parcel> => ({
  ...{ packer: await openPacker(spec, Date.now), checksum: true, doneFile: '{name}.done', ...beside },
});
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const textOf = async (file: string): Promise<string> => (await rig.read(file)).toString();

/** What the partner reads. */
async function content(file: string, by = partner): Promise<string> {
  const [decryptionKeys, verificationKeys] = await Promise.all([
    pgp.readPrivateKey({ armoredKey: by.privateKey }),
    pgp.readKey({ armoredKey: us.publicKey }),
  ]);
  const message = await pgp.readMessage({ binaryMessage: new Uint8Array(await rig.read(file)) });
  const { data } = await pgp.decrypt({
    ...{ message, decryptionKeys, verificationKeys, expectSigned: true, format: 'binary' },
  });
  return gunzipSync(data as Uint8Array).toString();
}

/** One whole file, its companions matching, and nothing else anywhere. */
async function expectWhole(file: OutboundFile | null, at = name): Promise<void> {
  expect(file).toMatchObject({ state: 'sent', path: `/out/${at}`, contents: { bytes: text.length } });
  expect(file?.packed?.sha256).toBe(sha256(await rig.read(at)));
  expect(await content(at)).toBe(text);
  expect(await textOf(`${at}.sha256`)).toBe(`${file?.packed?.sha256}  ${at}\n`);
  expect(await textOf(`${at}.done`)).toBe('');
  expect(await rig.inSpool()).toEqual([]);
}

it('lies there encrypted and signed, with its checksum and, last of all, its done-file', async () => {
  const puts: string[] = [];
  const noting = {
    ...rig.remote,
    put: (local: string, path: string) => {
      puts.push(posix.basename(path));
      return rig.remote.put(local, path);
    },
  };
  const file = await rig.send(await rig.plan(), 'first', {
    remote: { ...noting, permittedBy: () => noting },
  });
  await expectWhole(file);
  expect(await rig.list()).toEqual(all);
  expect(puts).toEqual([name, `${name}.sha256`, `${name}.done`]);
  expect(file.packing).toEqual({
    ...{ suffix: '.gz.pgp', checksum: true, doneFile: '{name}.done' },
    keys: [partner.fingerprint, us.fingerprint],
  });
});

it('that is not made has nothing beside it', async () => {
  rig.write = async () => null;
  expect(await rig.send(await rig.plan())).toMatchObject({ state: 'dropped' });
  expect(await rig.list()).toEqual([]);
});

it('leaves what others have put under its name, or under that of a companion', async () => {
  await rig.put(`${name}.done`, 'theirs');
  const file = await rig.plan();
  expect(file.path).toBe('/out/Contracts_20260101_000000-2.csv.gz.pgp');
  await rig.put(posix.basename(file.path), 'between');
  await expectWhole(await rig.send(file), 'Contracts_20260101_000000-3.csv.gz.pgp');
  expect(await textOf(`${name}.done`)).toBe('theirs');
  expect(await textOf(posix.basename(file.path))).toBe('between');
});

it('waits for a person when others put something beside it after it came out, and makes no second one', async () => {
  const file = await rig.plan();
  await rig.put(`${name}.done`, 'theirs');
  await expect(rig.send(file)).rejects.toMatchObject({ code: 'REMOTE_EXISTS' });
  const before = await rig.read(name);
  await expect(rig.goOn()).rejects.toMatchObject({ code: 'REMOTE_EXISTS' });
  expect(await rig.list()).toEqual(all);
  await rig.remote.remove(`/out/${name}.done`);
  await expectWhole(await rig.goOn('third'));
  expect((await rig.read(name)).equals(before)).toBe(true);
});

describe('when the work is cut off', () => {
  async function cutOffBy(what: Partial<OutboundPorts>): Promise<OutboundFile> {
    const file = await rig.plan();
    await expect(rig.send(file, 'first', what)).rejects.toMatchObject({ code: 'STOPPED' });
    return file;
  }
  /** At the n-th file that is put. */
  function atPut(nth: number): Promise<OutboundFile> {
    let puts = 0;
    const put = (local: string, path: string) => (++puts === nth ? cutOff() : rig.remote.put(local, path));
    return cutOffBy({ remote: { ...rig.remote, permittedBy: () => ({ ...rig.remote, put }) } });
  }
  const beforeRecord = () => cutOffBy({ ledger: { ...rig.ledger, outboundPacked: cutOff } });
  const beforeSent = () => cutOffBy({ ledger: { ...rig.ledger, outboundSent: cutOff } });

  it.each([
    ['before what was packed was recorded', beforeRecord],
    ['before it was brought', () => atPut(1)],
    ['before its checksum was brought', () => atPut(2)],
    ['before its done-file was brought', () => atPut(3)],
    ['before that was recorded', beforeSent],
  ])('%s, the next owner goes on, and reads nothing again', async (_when, cut) => {
    const { id } = await cut();
    const recorded = await rig.ledger.outboundFile(id);
    const done = await rig.goOn();
    await expectWhole(done);
    expect(await rig.list()).toEqual(all);
    expect(rig.written).toBe(1);
    if (recorded?.packed) expect(done?.packed).toEqual(recorded.packed);
  });

  it.each([
    ['before it was brought', () => atPut(1), 2],
    ['before its checksum was brought', () => atPut(2), 1],
    ['before that was recorded', beforeSent, 1],
  ])('%s, and the spool is lost, it is made anew only where nothing came out', async (_when, cut, writes) => {
    const { id } = await cut();
    const recorded = await rig.ledger.outboundFile(id);
    await rig.spool.clear(`outbound-${id}`);
    const done = await rig.goOn();
    await expectWhole(done);
    expect(rig.written).toBe(writes);
    expect(await rig.list()).toEqual(all);
    if (writes === 1) expect(done?.packed).toEqual(recorded?.packed);
  });

  it('and what was packed is not whole any more, other bytes are packed and recorded', async () => {
    const { id } = await atPut(1);
    await writeFile(rig.spool.outbound(id, 'packed'), 'garbled');
    await expectWhole(await rig.goOn());
    expect(rig.written).toBe(1);
  });
});

describe('when something else is agreed before it is sent', () => {
  const planned = async (): Promise<OutboundFile> => {
    const file = await rig.plan();
    rig.server.faults.next('RENAME', { answer: 'disconnect' }, { path: /Contracts/, times: 20 });
    await expect(rig.send(file)).rejects.toMatchObject({ retry: 'later' });
    rig.server.faults.clear();
    // What was not renamed lies there under its hidden name.
    expect(await rig.list()).toEqual([expect.stringMatching(/^\.Contracts/)]);
    return file;
  };

  it('it goes out packed and named as is agreed now, not in plain text', async () => {
    const packed = rig.parcel;
    rig.parcel = null;
    expect((await planned()).path).toBe(wanted.path);
    rig.parcel = packed;
    await expectWhole(await rig.goOn());
    expect([rig.written, await rig.list()]).toEqual([1, all]);
  });

  it('it is packed for the key that is agreed now, under the same name', async () => {
    await planned();
    const other = await newPgpKey('other');
    rig.parcel = await parcelOf({ gzip: true, pgp: { encryptTo: [pinned(other)], signWith: own(us) } });
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path: `/out/${name}` });
    expect([await content(name, other), await rig.list()]).toEqual([text, all]);
  });

  it('it goes out as it is where nothing is packed any more', async () => {
    await planned();
    rig.parcel = null;
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path: wanted.path, packing: null, packed: null });
    expect([await textOf(plain), await rig.list()]).toEqual([text, [plain]]);
  });

  it('what has come out already is finished as it was agreed before', async () => {
    const file = await rig.plan();
    const cut = rig.send(file, 'first', { ledger: { ...rig.ledger, outboundSent: cutOff } });
    await expect(cut).rejects.toMatchObject({ code: 'STOPPED' });
    await rig.remote.remove(`/out/${name}.done`);
    rig.parcel = null;
    await expectWhole(await rig.goOn());
    expect(await rig.list()).toEqual(all);
  });
});

it.each([
  ['WRITE', 'failure'],
  ['WRITE', 'drop-bytes'],
  ['RENAME', 'disconnect'],
  ['RENAME', 'reply-lost'],
] as const)(
  'is whole, or not announced, when a server meets %s of each of its files with %s',
  async (request, answer) => {
    for (const path of [/pgp/, /sha256/, /done/])
      rig.server.faults.next(request, { answer }, { path, times: 1 });
    let sent: OutboundFile | null = null;
    for (let run = 1; run <= 4 && sent === null; run++) {
      sent = await (run === 1 ? rig.send(await rig.plan()) : rig.goOn(`run ${run}`)).catch(
        (error: unknown) => {
          expect(error).toMatchObject({ retry: 'later' });
          return null;
        },
      );
      const there = await rig.list();
      if (there.includes(`${name}.done`)) expect(there).toEqual(expect.arrayContaining(all));
    }
    await expectWhole(sent);
    expect(await rig.list()).toEqual(all);
  },
);
