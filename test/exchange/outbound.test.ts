/** A file is brought out over a real server, by owners who may go away at any moment. */
import { posix } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendOutbound } from '../../src/exchange/outbound/send.ts';
import type { OutboundPorts } from '../../src/exchange/outbound/types.ts';
import type { OutboundFile } from '../../src/ledger/port.ts';
import { cutOff, type OutboundRig, startOutbound, text, wanted } from '../support/outbound.ts';

const { path } = wanted;
const name = posix.basename(path);

let rig: OutboundRig;
beforeEach(async () => {
  rig = await startOutbound();
});
afterEach(() => rig.stop());

const names = (file: OutboundFile | null): string => posix.basename(file?.path ?? '');
const read = async (file: string): Promise<string> => (await rig.read(file)).toString();

it('is written, brought and recorded, and leaves nothing behind', async () => {
  const file = await rig.send(await rig.plan());
  expect(file).toMatchObject({ state: 'sent', path, contents: { rows: 2, bytes: text.length } });
  expect(await rig.list()).toEqual([names(file)]);
  expect(await read(names(file))).toBe(text);
  expect(await rig.ledger.coveredTo('contracts')).toBe(10);
  expect(await rig.inSpool()).toEqual([]);
  expect(rig.events).toMatchObject([{ kind: 'outbound', file: { id: file.id, state: 'sent' } }]);
});

it('is sent once, however often it is asked for', async () => {
  await rig.send(await rig.plan());
  const again = await rig.plan('second');
  expect(await rig.send(again, 'second')).toEqual(again);
  expect([rig.written, await rig.list()]).toEqual([1, [names(again)]]);
});

it('is not made when there is nothing to bring, and its window is covered all the same', async () => {
  const nothing = { write: async () => null, parcel: null };
  const file = await sendOutbound(await rig.plan(), nothing, rig.ports());
  expect(file).toMatchObject({ state: 'dropped', contents: null });
  expect(await rig.list()).toEqual([]);
  expect(await rig.ledger.coveredWindows('contracts', 1)).toMatchObject([
    { outcome: 'empty', file: file.id },
  ]);
});

it('stays planned when it cannot be written', async () => {
  const file = await rig.plan();
  const failing = { write: () => Promise.reject(new Error('no')), parcel: null };
  await expect(sendOutbound(file, failing, rig.ports())).rejects.toThrow('no');
  expect(await rig.ledger.outboundFile(file.id)).toMatchObject({ state: 'planned' });
  expect(await rig.ledger.coveredTo('contracts')).toBeNull();
});

it('leaves what others put under its name, whenever they do', async () => {
  await rig.put(name, 'before');
  const file = await rig.plan();
  expect(names(file)).toBe('Contracts_20260101_000000-2.csv');
  await rig.put(names(file), 'between');
  const sent = await rig.send(file);
  expect(names(sent)).toBe('Contracts_20260101_000000-3.csv');
  const texts = await Promise.all([name, names(file), names(sent)].map(read));
  expect(texts).toEqual(['before', 'between', text]);
});

describe('when the work is cut off', () => {
  async function cutOffBy(what: Partial<OutboundPorts>): Promise<OutboundFile> {
    const file = await rig.plan();
    await expect(rig.send(file, 'first', what)).rejects.toMatchObject({ code: 'STOPPED' });
    return file;
  }
  const beforePut = () =>
    cutOffBy({ remote: { ...rig.remote, permittedBy: () => ({ ...rig.remote, put: cutOff }) } });
  const beforeSent = () => cutOffBy({ ledger: { ...rig.ledger, outboundSent: cutOff } });

  it('before it was brought, the next owner brings the very bytes that were written', async () => {
    await beforePut();
    expect(await rig.list()).toEqual([]);
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path });
    expect([rig.written, await rig.list()]).toEqual([1, [name]]);
  });

  it('before that was recorded, the next owner finds it there', async () => {
    await beforeSent();
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path });
    expect([rig.written, await rig.list()]).toEqual([1, [name]]);
  });

  it('before that was recorded, and the spool is lost, the next owner finds it there too', async () => {
    const file = await beforeSent();
    await rig.spool.clear(`outbound-${file.id}`);
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path });
    expect([rig.written, await rig.list()]).toEqual([1, [name]]);
  });

  it('before it was brought, and the spool is lost, it is written anew', async () => {
    const file = await beforePut();
    await rig.spool.clear(`outbound-${file.id}`);
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path });
    expect([rig.written, await rig.list()]).toEqual([2, [name]]);
  });

  it('before it was brought, the spool is lost, and there is nothing to bring any more, it is dropped', async () => {
    const file = await beforePut();
    await rig.spool.clear(`outbound-${file.id}`);
    rig.write = async () => null;
    expect(await rig.goOn()).toMatchObject({ state: 'dropped' });
    expect(await rig.list()).toEqual([]);
    expect(await rig.ledger.coveredTo('contracts')).toBe(10);
  });

  it('before that was recorded, and it was taken away at once, it does not come a second time', async () => {
    await beforeSent();
    await rig.take(name);
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path });
    expect([rig.written, await rig.list(), await rig.inSpool()]).toEqual([1, [], []]);
  });

  it('before it got its name, the next owner gives it that name', async () => {
    rig.server.faults.next('RENAME', { answer: 'disconnect' }, { path: /part$/ });
    const file = await rig.plan();
    await expect(rig.send(file)).rejects.toMatchObject({ retry: 'later' });
    expect(await rig.ledger.outboundFile(file.id)).toMatchObject({ state: 'uploaded' });
    expect(await rig.goOn()).toMatchObject({ state: 'sent', path });
    expect([rig.written, await rig.list()]).toEqual([1, [name]]);
  });

  it('before it got its name, which others take, it gets another one', async () => {
    rig.server.faults.next('RENAME', { answer: 'failure', code: 3 }, { path: /part$/ });
    await expect(rig.send(await rig.plan())).rejects.toMatchObject({ code: 'REMOTE_FAILED' });
    await rig.put(name, 'theirs');
    const sent = await rig.goOn();
    expect(names(sent)).toBe('Contracts_20260101_000000-2.csv');
    expect([await read(name), await read(names(sent)), await rig.list()]).toEqual([
      'theirs',
      text,
      [names(sent), name].sort(),
    ]);
  });

  it('and goes on after all, it touches nothing that the next owner is working with', async () => {
    const file = await rig.plan();
    const draft = Promise.withResolvers<void>();
    const stood = rig.send(file, 'first', {
      room: { demand: () => undefined },
      ledger: {
        ...rig.ledger,
        outboundWritten: async (...of) => {
          await draft.promise;
          return rig.ledger.outboundWritten(...of);
        },
      },
    });
    await expect.poll(() => rig.inSpool()).toEqual(['outbound-1.1.written']);
    const next = await rig.ledger.resumeOutbound(wanted, rig.ports('second').owner, Date.now());
    expect(next?.token).toBe(2);
    draft.resolve();
    await expect(stood).rejects.toMatchObject({ code: 'LEDGER_STALE' });
    expect(await rig.inSpool()).toEqual([]);
    expect(next && (await rig.send(next, 'second'))).toMatchObject({ state: 'sent', path });
    expect(await rig.list()).toEqual([name]);
  });

  it('the one who was thought gone can do nothing more', async () => {
    const file = await rig.plan();
    await rig.ledger.resumeOutbound(wanted, rig.ports('second').owner, Date.now());
    await expect(rig.send(file)).rejects.toMatchObject({ code: 'LEDGER_STALE' });
    expect([rig.written, await rig.list()]).toEqual([0, []]);
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
    rig.server.faults.next(request, { answer }, { times: 1 });
    const first = await rig.send(await rig.plan()).catch((error: unknown) => error);
    if (first instanceof Error) expect(first).toMatchObject({ retry: 'later' });
    await rig.goOn();
    expect(await rig.list()).toEqual([name]);
    expect(await read(name)).toBe(text);
    expect(await rig.ledger.coveredTo('contracts')).toBe(10);
  },
);
