import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { start } from '../support/cli.ts';
import { killedAt } from '../support/kills.ts';
import { digest, orders, ordersWith, type ServoExchange, startServoExchange } from '../support/servo.ts';

const photo = randomBytes(100_000);

let all: ServoExchange;
beforeEach(async () => {
  all = await startServoExchange();
  await all.exchange.app.close();
  await all.exchange.drop('a.jpg', photo);
  await all.exchange.drop('b.jpg', 'another');
  await all.exchange.drop(orders, ordersWith('a.jpg', 'b.jpg', ''));
});
afterEach(() => all.stop());

const once = (env = {}) => start(['once', '-c', all.exchange.rehearsal.configFolder], env);

it.each([
  'ledger.keepAttachment:before',
  'ledger.keepAttachment:after',
  'ledger.staged:after',
  'ledger.settleAttachment:after',
  'remote.rename /in:after',
])(
  'a kill at %s loses no file that a row names, and sends none twice',
  async (point) => {
    const first = once(killedAt(point));
    await first.finished;
    expect(first.child.signalCode).toBe('SIGKILL');
    expect((await once().finished).code).toBe(0);

    const { exchange, servo, received } = all;
    expect(servo.orders.size).toBe(3);
    expect(received()).toEqual({ 'a.jpg': digest(photo), 'b.jpg': digest(Buffer.from('another')) });
    expect(await exchange.list('/in')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual([orders, 'a.jpg', 'b.jpg']);
    expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
  },
  60_000,
);
