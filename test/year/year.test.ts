import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, dayAt, wallAt } from '../../src/base/wall-clock.ts';
import type { Arrival, CoveredWindow, Incident } from '../../src/ledger/port.ts';
import { rowsOf } from '../support/sales.ts';
import { diary } from './diary.ts';
import { allFiled, type Filed, namedLike, read } from './filed.ts';
import { daily, monthly, rowsPerFile, sinceLast } from './installation.ts';
import { at, hour, isWithin, story, timeZone } from './story.ts';
import { passTheYear, type Told, type Year } from './year.ts';

const many = 10_000;
const minute = 60_000;

let year: Year;
let arrivals: Arrival[];
let filed: Filed[];

beforeAll(async () => {
  year = await passTheYear();
  arrivals = await year.exchange.app.ledger.arrivals({ limit: many });
  filed = await allFiled(year);
}, 1_200_000);
afterAll(() => year.stop());

/** `YYYY-MM-DD HH:MM` on the partner's clock. */
const wall = (moment: number): string =>
  new Date(wallAt(moment, timeZone)).toISOString().slice(0, 16).replace('T', ' ');
/** To ten minutes: how long the work itself takes says how busy the machine is. */
const about = (moment: number): string => `${wall(moment).slice(0, -1)}0`;
const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];
/** The month that the day before the one in the name lies in. */
const monthBefore = (name: string): string => {
  const [, y, m, d] = /_(\d{4})(\d{2})(\d{2})_/.exec(name) ?? [];
  return addDays(`${y}-${m}-${d}`, -1).slice(0, 7);
};
const stampOf = (name: string): string => /_(\d{8}_\d{6})/.exec(name)?.[1]?.replace('_', '') ?? '';

describe('the daily files of a year', () => {
  it('are each worked off once, and every line of them is answered', async () => {
    expect(arrivals.map(({ name }) => name).sort()).toEqual(year.sent.toSorted());
    const counts = { rows: rowsPerFile, accepted: rowsPerFile, pending: 0 };
    for (const arrival of arrivals)
      expect(arrival).toMatchObject({ state: 'settled', problem: null, counts });
    expect(await year.exchange.list('/in')).toEqual([]);
    const answers = namedLike(filed, 'OrdersAck');
    expect(answers).toHaveLength(year.sent.length);
    for (const answer of answers)
      expect((await read(answer)).map((row) => row['Result'])).toEqual(['Accepted', 'Accepted']);
  });

  it('do nothing twice', () => {
    expect(year.servo.effects.size).toBe(rowsPerFile * year.sent.length);
    expect(unique([...year.servo.effects.values()])).toEqual([1]);
  });

  it('come to the office row by row, once, and every row has its word', async () => {
    const { office, exchange, sent, servo } = year;
    const names = (await readdir(join(office, 'in'))).sort();
    expect(names).toEqual(sent.toSorted());
    const texts = await Promise.all(names.map((name) => readFile(join(office, 'in', name), 'utf8')));
    const rows = texts.flatMap(rowsOf);
    expect(unique(rows.map((row) => row['Reference']))).toHaveLength(rowsPerFile * sent.length);
    expect(rows.map((row) => row['Number']).sort()).toEqual([...servo.orders.keys()].sort());

    const dispatches = await exchange.app.ledger.dispatches({ limit: many });
    expect(dispatches).toHaveLength(sent.length);
    for (const dispatch of dispatches)
      expect(dispatch).toMatchObject({
        counts: { rows: rowsPerFile, accepted: rowsPerFile, rejected: 0, awaited: 0 },
        ...{ replies: 1, closedAt: expect.any(Number) },
      });
    expect(await readdir(join(office, 'out'))).toEqual([]);
    expect(await readdir(join(office, 'read'))).toHaveLength(sent.length);
  });
});

describe('the exports of a year', () => {
  const windowsOf = async (name: string): Promise<CoveredWindow[]> =>
    (await year.exchange.app.ledger.coveredWindows(name, many)).toReversed();
  const lengths = (windows: readonly CoveredWindow[]): number[] =>
    windows.map(({ from, to }) => (to - from) / hour);

  it.each([
    [daily, '2025-02-02 00:00'],
    [sinceLast, '2025-01-29 05:35'],
    [monthly, '2025-02-01 00:00'],
  ])('%s: windows follow each other without gap or overlap, each with one file', async (name, end) => {
    const windows = await windowsOf(name);
    expect(windows.map(({ from }) => wall(from))).toEqual([
      '2024-01-01 00:00',
      ...windows.slice(0, -1).map(({ to }) => wall(to)),
    ]);
    expect(wall(windows.at(-1)?.to ?? 0)).toBe(end);
    expect(unique(windows.map(({ outcome }) => outcome))).toEqual(['sent']);
    const files = await year.exchange.app.ledger.outboundFiles({ origin: 'export', name, limit: many });
    expect(files.map(({ id }) => id).sort()).toEqual(windows.map(({ file }) => file).sort());
    const [, dataType = ''] = /([A-Za-z]+)_\d/.exec(files[0]?.path ?? '') ?? [];
    expect(namedLike(filed, dataType).map(({ name: file }) => stampOf(file))).toEqual(
      windows.map(({ to }) => wall(to).replaceAll(/\D/g, '').padEnd(14, '0')),
    );
  });

  it('days have 23 and 25 hours where the clocks change, and the leap day is one', async () => {
    const windows = await windowsOf(daily);
    const days = Map.groupBy(windows, ({ from, to }) => (to - from) / hour);
    const shown = (length: number) => days.get(length)?.map(({ from }) => wall(from));
    expect([...days.keys()].sort()).toEqual([23, 24, 25]);
    expect(shown(23)).toEqual(['2024-03-31 00:00']);
    expect(shown(25)).toEqual(['2024-10-27 00:00']);
    expect(shown(24)).toContain('2024-02-29 00:00');
    expect(windows).toHaveLength(366 + 32);
    expect(lengths(await windowsOf(monthly))).toEqual(
      [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31].map(
        (count, month) => 24 * count + (month === 2 ? -1 : month === 9 ? 1 : 0),
      ),
    );
  });

  it('days that were missed are made up for, each with a file of its own, and no other comes late', async () => {
    const late = (await windowsOf(daily)).filter((window) => window.at - window.to > 3 * hour);
    expect(late.map(({ from, at: made }) => [dayAt(from, timeZone), about(made)])).toEqual([
      ...['2024-03-30', '2024-03-31', '2024-04-01'].map((day) => [day, '2024-04-03 02:30']),
      ...['2024-10-27', '2024-10-28', '2024-10-29'].map((day) => [day, '2024-10-30 15:00']),
    ]);
  });

  it.each(['OrderDays', 'OrdersSince'])(
    '%s: every row is in one file, that of when it was settled',
    async (dataType) => {
      const found: string[] = [];
      let from = '20240101000000';
      for (const file of namedLike(filed, dataType)) {
        const to = stampOf(file.name);
        for (const { Settled: settled = '', Reference, Outcome, File } of await read(file)) {
          expect([from <= settled, settled < to, Outcome]).toEqual([true, true, 'accepted']);
          found.push(`${Reference} ${File}`);
        }
        from = to;
      }
      const rows = year.sent.flatMap((name, n) =>
        [0, 1].map((row) => ({ name, reference: `P-${rowsPerFile * n + row} ${name}` })),
      );
      // The last windows are not over yet.
      const ended = dataType === 'OrderDays' ? rows : rows.filter(({ name }) => name < 'Orders_20250129');
      expect(found.sort()).toEqual(ended.map(({ reference }) => reference).sort());
    },
  );

  it('every contract is in one file, that of the month in which it was sold', async () => {
    const found = await Promise.all(
      namedLike(filed, 'Contracts').map(async (file) =>
        (await read(file)).map((row) => [row['Contract'], monthBefore(file.name)].join(' ')),
      ),
    );
    expect(found.flat().sort()).toEqual(
      year.sold.map((contract) => `${contract} ${contract.slice('C-'.length, -'-01'.length)}`),
    );
    expect(year.sold).toContain('C-2024-02-29');
  });
});

describe('the archive of a year', () => {
  it('has every source, answer and exported file in its month', async () => {
    const monthOf = ({ name }: Filed): string =>
      name.startsWith('Orders') ? stampOf(name).replace(/^(\d{4})(\d{2}).*/, '$1-$2') : monthBefore(name);
    const parts = namedLike(filed, 'OrdersSince');
    const others = filed.filter((file) => !parts.includes(file));
    const wrong = others.filter((file) => {
      const month = monthOf(file);
      return file.month !== (month < '2025' ? month : null);
    });
    expect(wrong).toEqual([]);
    // One that lies in two months belongs to that in which its middle is.
    let from = at('2024-01-01 00:00');
    for (const { name, month } of parts) {
      const to = at(stampOf(name).replace(/^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2}).*/, '$1-$2-$3 $4:$5'));
      const middle = dayAt((from + to) / 2, timeZone).slice(0, 7);
      expect([name, month]).toEqual([name, middle < '2025' ? middle : null]);
      from = to;
    }
  });

  it('is made on the first day of the second month after, or when the server is back, and is as it was made', async () => {
    const archives = await year.exchange.app.ledger.archives('acme');
    const days = archives.map(({ month, part, clearedAt }) => [month, part, dayAt(clearedAt ?? 0, timeZone)]);
    const month = (n: number): string =>
      `${2024 + Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}`;
    expect(days).toEqual(
      Array.from({ length: 12 }, (_, n) => [month(n), 1, `${month(n + 2)}-${n === 1 ? '03' : '01'}`]),
    );
    expect((await year.exchange.list('/archive')).filter((name) => !name.includes('.'))).toEqual(
      archives.map((archive) => archive.month),
    );
    const [policy] = year.exchange.app.archives.policies;
    if (!policy) throw new Error('nothing is archived');
    const kept = filed.filter(({ month }) => month !== null);
    expect(await year.exchange.app.archives.verify(policy)).toEqual({
      ...{ archives: 12, files: kept.length, findings: [] },
    });
  });
});

describe('what people are told in a year', () => {
  const isDigest = ({ subject }: Told): boolean => subject.startsWith('Tidegate on ');

  it('of each trouble is one incident, and all of them are over', async () => {
    const incidents = await year.exchange.app.ledger.incidents('all', many);
    const shown = ({ cause, openedAt, closedAt }: Incident): string =>
      `${about(openedAt)} to ${closedAt === null ? 'now' : about(closedAt)} ${cause.replace(/:\d+$/, '')}`;
    expect(incidents.toReversed().map(shown)).toEqual([
      '2024-03-30 15:10 to 2024-04-02 15:10 partner:acme:REMOTE_MISSING',
      '2024-03-31 03:00 to 2024-04-03 02:30 export:acme-days:REMOTE_MISSING',
      '2024-04-01 00:30 to 2024-04-03 00:30 archive:acme:REMOTE_MISSING',
      '2024-04-01 04:00 to 2024-04-03 04:00 export:acme-contracts:REMOTE_MISSING',
      '2024-04-01 05:40 to 2024-04-03 05:40 export:acme-since:REMOTE_MISSING',
      '2024-05-14 08:00 to 2024-05-14 15:10 expected:acme:servo-orders',
      '2024-05-21 18:40 to 2024-05-22 12:40 dispatch',
      '2024-06-17 07:10 to 2024-06-17 15:10 target:servo:down',
      '2024-07-09 08:00 to 2024-07-10 07:10 expected:acme:servo-orders',
      '2024-10-27 00:40 to 2024-10-27 12:40 replies:servo-orders/orders:REMOTE_MISSING',
    ]);
  });

  it('is this, to the hour, and nothing else', () => {
    const told = year.told.filter((mail) => !isDigest(mail));
    const line = (mail: Told): string =>
      `${wall(mail.at).slice(0, 13)}h ${mail.subject.replace(/^(Still|Over),? after [^:]*:/, '$1:')}`;
    expect(told.map(line).sort()).toEqual(diary.toSorted());
    expect(unique(told.flatMap(({ recipients }) => recipients))).toEqual(['operations@example.com']);
  });

  it('comes once, in no quiet hour, and while no mail can be sent it waits', () => {
    expect(unique(year.told.map(({ messageId }) => messageId))).toHaveLength(year.told.length);
    expect(unique(year.told.map(({ subject }) => subject))).toHaveLength(year.told.length);
    const quiet = year.told.filter((mail) => {
      const time = wall(mail.at).slice('YYYY-MM-DD '.length);
      return !isDigest(mail) && (time < '07:00' || time >= '22:00');
    });
    expect(quiet).toEqual([]);
    const { mailGone, mailGoneAgain } = story;
    expect(
      year.told.filter((mail) => isWithin(mail.at, mailGone) || isWithin(mail.at, mailGoneAgain)),
    ).toEqual([]);
  });

  it('has one digest for every day on which somebody could write it, each from where the last one ends', () => {
    const digests = year.told.filter(isDigest);
    const days: string[] = [];
    for (let day = '2023-12-31'; day <= '2025-02-02'; day = addDays(day, 1)) days.push(day);
    const gone = ['2024-10-28', '2024-10-29'];
    const dayIn = ({ subject }: Told): string =>
      subject.slice('Tidegate on '.length, 'Tidegate on 2024-01-01'.length);
    expect(digests.map(dayIn)).toEqual(days.filter((day) => !gone.includes(day)));
    expect(unique(digests.flatMap(({ recipients }) => recipients))).toEqual(['lead@example.com']);

    const late = digests.filter((digest) => digest.at - at(`${dayIn(digest)} 02:00`) > 10 * minute);
    expect(late.map(dayIn)).toEqual(['2023-12-31', '2024-04-01', '2024-10-30']);
    const spans = digests.map(({ text }) => /From (.+?) to (.+?): (\d+) files?/.exec(text)?.slice(1) ?? []);
    const breaks = spans.filter(([from], n) => n > 0 && from !== spans[n - 1]?.[1]);
    expect(breaks.map(([from]) => from)).toEqual(['2024-10-29 01:00 UTC']);
    const files = spans.reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(files).toBe(year.sent.length);
  });
});
