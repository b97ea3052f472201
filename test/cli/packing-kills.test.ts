import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { start } from '../support/cli.ts';
import { killedAt } from '../support/kills.ts';
import { type PackedExchange, packedAnswers, startPackedExchange } from '../support/packed.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv.gz.pgp';
const answer = 'SalesAck_20240611_153000.csv.gz.pgp';

let all: PackedExchange;
beforeEach(async () => {
  all = await startPackedExchange((feed, { partner }) => {
    feed.acknowledgement = { packing: packedAnswers(partner) };
    feed.packing.checksum = { when: 'ifThere' };
  });
  await all.exchange.app.close();
  await all.exchange.drop(name, await all.pack(csv([sale(1), sale(2)])));
});
afterEach(() => all.exchange.stop());

const once = (env = {}) => start(['once', '-c', all.exchange.rehearsal.configFolder], env);

it.each([
  ['ledger.fetched:after', 1],
  ['ledger.addRows:after', 1],
  ['ledger.staged:after', 1],
  ['ledger.answerPacked:before', 1],
  ['ledger.answerPacked:after', 1],
  ['remote.rename /out:before', 1],
  ['remote.rename /out:after', 1],
  ['remote.rename /out:after', 2],
  ['remote.rename /out:after', 3],
  ['ledger.answerWritten:before', 1],
])(
  'a kill at %s (%i) leaves one whole answer of recorded bytes, with its companions, and each effect once',
  async (point, nth) => {
    const first = once(killedAt(point, nth));
    await first.finished;
    expect(first.child.signalCode).toBe('SIGKILL');
    expect((await once().finished).code).toBe(0);

    const { exchange, unpack } = all;
    expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
    expect(await exchange.list('/out')).toEqual([answer, `${answer}.done`, `${answer}.sha256`]);
    expect(rowsOf(await unpack(`/out/${answer}`))).toHaveLength(2);
    expect(await exchange.list('/in')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual([name]);
    expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
  },
  120_000,
);

it('a kill after the answer came out, and a spool that is lost with it, give no second answer', async () => {
  const first = once(killedAt('remote.rename /out:after', 1));
  await first.finished;
  const { exchange } = all;
  const before = await exchange.read(`/out/${answer}`);
  await rm(join(exchange.folder, 'ledger', 'spool'), { recursive: true });
  expect((await once().finished).code).toBe(0);
  expect(await exchange.list('/out')).toEqual([answer, `${answer}.done`, `${answer}.sha256`]);
  expect(await exchange.read(`/out/${answer}`)).toBe(before);
}, 120_000);
