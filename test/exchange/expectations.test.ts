/** Expected files from end to end: what people are told, and that it is over. Time passes as the test lets it. */
import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tellLongPauses } from '../../src/app/watch.ts';
import type { Exchange, Yaml } from '../support/exchange.ts';
import { plainOrders, startServoExchange } from '../support/servo.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

let clock: SimulatedClock;
let exchange: Exchange;
let stop: () => Promise<void>;

async function begin(expects: Yaml): Promise<void> {
  clock = new SimulatedClock('2024-06-11T05:00:00Z');
  const servo = await startServoExchange(
    (config, rehearsal) => {
      config.partners.acme = { protocol: 'local', root: rehearsal.partnerRoot };
      config.feeds['servo-orders'].expects = expects;
    },
    { clock },
  );
  ({ exchange, stop } = servo);
}
afterEach(() => stop());

const daily = { by: '10:00', timeZone: 'Europe/Berlin', warnBefore: '30m' };
const pollAt = async (time: string) => {
  await clock.passUntil(time);
  await clock.during(() => exchange.poll());
};
let orders = 0;
const drop = (name: string, rows = 1): Promise<void> => {
  const first = orders;
  orders += rows;
  return exchange.drop(name, plainOrders(first, rows));
};
const subjects = () => exchange.rehearsal.mail.messages().map(({ subject }) => subject);
const incidents = async () =>
  (await exchange.app.ledger.incidents('all', 10)).map(({ kind, closedAt }) => [kind, closedAt !== null]);

describe('a file that is due', () => {
  beforeEach(() => begin(daily));

  it('is told of before, when it is late, when it is missing, and when it has come at last', async () => {
    for (const time of ['05:00', '07:30', '07:45']) await pollAt(`2024-06-11T${time}:00Z`);
    expect(subjects()).toEqual([
      'acme: the file for servo-orders of 2024-06-11 is due by 10:00 and not there yet',
    ]);
    for (const time of ['08:00', '08:30', '22:00', '22:30']) await pollAt(`2024-06-11T${time}:00Z`);
    const told = subjects().filter((subject) => !subject.startsWith('Still'));
    expect(told.slice(1)).toEqual([
      'acme: the file for servo-orders of 2024-06-11 has not come in time',
      'acme: the file for servo-orders of 2024-06-11 has not come on the whole day',
    ]);
    expect(await incidents()).toEqual([['file-overdue', false]]);
    await drop('Orders_20240611_100000.csv');
    await drop('Orders_20240612_100000.csv');
    await pollAt('2024-06-12T06:00:00Z');
    expect(await incidents()).toEqual([['file-overdue', true]]);
    expect(subjects().at(-1)).toMatch(/^Over after .* has not come in time/);
  });

  it('and comes in time is told of to nobody', async () => {
    await pollAt('2024-06-11T05:00:00Z');
    await drop('Orders_20240611_090000.csv');
    for (const time of ['07:00', '08:00', '12:00']) await pollAt(`2024-06-11T${time}:00Z`);
    expect(subjects()).toEqual([]);
  });

  it('while the server cannot be reached is not late before somebody has looked', async () => {
    await pollAt('2024-06-11T05:00:00Z');
    await rename(exchange.root, `${exchange.root}.gone`);
    for (const time of ['08:00', '09:00']) await pollAt(`2024-06-11T${time}:00Z`);
    expect((await incidents()).map(([kind]) => kind)).toEqual(['transfer-failure']);
    await rename(`${exchange.root}.gone`, exchange.root);
    await pollAt('2024-06-11T10:00:00Z');
    expect((await incidents()).map(([kind]) => kind).sort()).toEqual(['file-overdue', 'transfer-failure']);
  });
});

it('a file with an odd number of rows is told of once, and worked off', async () => {
  await begin({ rows: { deviation: '50%', atMost: 5 } });
  for (const [n, rows] of [3, 3, 4, 1].entries()) {
    await drop(`Orders_2024061${n}_100000.csv`, rows);
    await pollAt(`2024-06-11T0${6 + n}:00:00Z`);
  }
  await pollAt('2024-06-11T12:00:00Z');
  expect(subjects()).toEqual(['acme: Orders_20240613_100000.csv has 1 row, which is unusual']);
  expect(exchange.rehearsal.mail.messages()[0]?.text).toContain('2 to 4');
  const [latest] = await exchange.app.ledger.arrivals({ limit: 1 });
  expect(latest).toMatchObject({ state: 'settled', counts: { accepted: 1 } });
});

it('a pause that lasts is told of once, and so is its end', async () => {
  await begin(daily);
  const { ledger, report } = exchange.app;
  const watch = () => tellLongPauses(24 * 3_600_000, () => 'acme', { ledger, clock, report });
  const word = { by: 'ann', because: 'a new layout' };
  await ledger.pause({ what: 'feed', name: 'servo-orders', until: null, ...word }, clock.now());
  await pollAt('2024-06-12T04:00:00Z');
  await watch();
  expect(await incidents()).toEqual([]);
  for (const time of ['05:00', '05:30']) {
    await pollAt(`2024-06-12T${time}:00Z`);
    await watch();
  }
  expect(await incidents()).toEqual([['long-pause', false]]);
  await ledger.endPause('feed', 'servo-orders', word, clock.now());
  await watch();
  await clock.during(() => exchange.app.tell());
  expect(await incidents()).toEqual([['long-pause', true]]);
  expect(subjects().map((subject) => subject.includes('is still paused'))).toEqual([true, true]);
});
