/** Everybody beside the installation: what they do in the year, each by the clock. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addDays, dayAt } from '../../src/base/wall-clock.ts';
import { isWorked } from '../../src/schedule/calendar.ts';
import { sell } from '../support/exports.ts';
import { rowsOf } from '../support/sales.ts';
import { plainOrders } from '../support/servo.ts';
import type { SimulatedClock } from '../support/simulated-clock.ts';
import { type Installation, rowsPerFile } from './installation.ts';
import type { MailServer } from './mail-server.ts';
import { at, calendar, hour, isWithin, type Span, story, timeZone } from './story.ts';

export interface World {
  installation: Installation;
  clock: SimulatedClock;
  mail: MailServer;
  /** Names of the files that the partner has sent. */
  sent: string[];
  /** Contracts that were sold at another place. */
  sold: string[];
  /** Names of the files that the office has answered. */
  answered: string[];
}

/** Resolves at the end of the year. */
export async function goOn(world: World): Promise<void> {
  const { installation, mail } = world;
  const { servo, exchange, office } = installation;
  const mailIsGone = [() => mail.goDown(), () => mail.comeBack()] as const;
  const refuseAll = async () =>
    servo.faults.next('Warranty/lookup', { kind: 'status', status: 503 }, 100_000);
  await Promise.all([
    sendDaily(world),
    sellDaily(world),
    answerDaily(world),
    meanwhile(world, story.serverGone, ...isGone(exchange.root)),
    meanwhile(world, story.officeGone, ...isGone(office)),
    meanwhile(world, story.targetDown, refuseAll, async () => servo.faults.clear()),
    meanwhile(world, story.mailGone, ...mailIsGone),
    meanwhile(world, story.mailGoneAgain, ...mailIsGone),
  ]);
}

const isGone = (folder: string): [begin: () => Promise<void>, end: () => Promise<void>] => [
  () => rename(folder, `${folder}.gone`),
  () => rename(`${folder}.gone`, folder),
];

/** The partner: a file at half past six on every day that is worked. */
async function sendDaily({ installation: { exchange }, sent, clock }: World): Promise<void> {
  const worked = { ...calendar, workingHours: { from: 0, to: 24 * hour } };
  const { drops, late, serverGone, skipped } = story;
  for (let day: string = drops.from; day <= drops.to; day = addDays(day, 1)) {
    if (!isWorked(day, worked) || day === skipped) continue;
    await until(at(`${day} ${day === late.day ? late.at : '06:30'}`), clock);
    if (isWithin(clock.now(), serverGone)) await until(at(serverGone.to) + 1, clock);
    const name = `Orders_${day.replaceAll('-', '')}_063000.csv`;
    const orders = plainOrders(rowsPerFile * sent.length, rowsPerFile, 'Warranty Order');
    await clock.during(() => exchange.drop(name, orders));
    sent.push(name);
  }
}

async function sellDaily({ installation: { exchange }, sold, clock }: World): Promise<void> {
  for (let day: string = story.drops.from; day <= story.drops.to; day = addDays(day, 1)) {
    await until(at(`${day} 12:00`), clock);
    sell(exchange, [`C-${day}`, day]);
    sold.push(`C-${day}`);
  }
}

/** The office: every day at eleven it answers what has come, but for what it holds back. */
async function answerDaily(world: World): Promise<void> {
  const { clock } = world;
  for (let day: string = story.drops.from; at(`${day} 11:00`) < at(story.ends); day = addDays(day, 1)) {
    await until(at(`${day} 11:00`), clock);
    await clock.during(() => answer(world));
  }
}

async function answer({ installation: { office }, answered, clock }: World): Promise<void> {
  const names = await readdir(join(office, 'in'));
  for (const name of names.filter((one) => !answered.includes(one)).sort()) {
    const stamp = /\d{8}_\d{6}/.exec(name)?.[0] ?? '';
    const day = `${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 8)}`;
    if (dayAt(clock.now(), timeZone) < (story.answeredOn[day] ?? '')) continue;
    const rows = rowsOf(await readFile(join(office, 'in', name), 'utf8'));
    const lines = rows.map((row) => `${row['Reference']},Done,T-${row['Number']}`);
    await writeFile(join(office, 'writing'), ['Reference,Result,Ticket', ...lines, ''].join('\n'));
    await rename(join(office, 'writing'), join(office, 'out', `OrdersDone_${stamp}.csv`));
    answered.push(name);
  }
}

async function meanwhile(
  { clock }: World,
  { from, to }: Span,
  begin: () => Promise<void>,
  end: () => Promise<void>,
): Promise<void> {
  await until(at(from), clock);
  await clock.during(begin);
  await until(at(to), clock);
  await clock.during(end);
}

const until = (moment: number, clock: SimulatedClock): Promise<void> =>
  clock.sleep(Math.max(0, moment - clock.now()));
