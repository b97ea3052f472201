import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayAt } from '../../src/base/wall-clock.ts';
import type { Arrival, Incident } from '../../src/ledger/port.ts';
import { rowsOf } from '../support/sales.ts';
import { passTheYear, rowsPerFile, story, timeZone, type Year } from './year.ts';

let year: Year;
let incidents: Incident[];
let arrivals: Arrival[];

beforeAll(async () => {
  year = await passTheYear();
  const { ledger } = year.exchange.app;
  incidents = await ledger.incidents('all', 1000);
  arrivals = await ledger.arrivals({ limit: 1000 });
}, 1_200_000);
afterAll(() => year.stop());

describe('at the end of a year', () => {
  it('every file was worked off once, and every line of it answered', async () => {
    expect(arrivals.map(({ name }) => name).sort()).toEqual(year.sent.toSorted());
    const counts = { rows: rowsPerFile, accepted: rowsPerFile, pending: 0 };
    for (const arrival of arrivals)
      expect(arrival).toMatchObject({ state: 'settled', problem: null, counts });
    expect(await year.exchange.list('/in')).toEqual([]);
  });

  it('nothing was done twice', () => {
    expect(year.servo.effects.size).toBe(rowsPerFile * year.sent.length);
    expect(new Set(year.servo.effects.values())).toEqual(new Set([1]));
  });

  it('every source and every answer lies in the archive of its month, and nowhere else', async () => {
    const { exchange, sent } = year;
    expect([await exchange.list('/processed'), await exchange.list('/out')]).toEqual([[], []]);
    const months = (await exchange.list('/archive')).filter((name) => /^\d{4}-\d{2}$/.test(name));
    expect(months).toEqual(Array.from({ length: 12 }, (_, n) => `2024-${String(n + 1).padStart(2, '0')}`));
    let answered = 0;
    for (const month of months) {
      const folder = join(exchange.root, 'archive', month);
      const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.csv'));
      for (const name of files) {
        expect(/_(\d{6})\d{2}_/.exec(name)?.[1]).toBe(month.replace('-', ''));
        if (!name.includes('OrdersAck_')) continue;
        answered++;
        const rows = rowsOf(await readFile(join(folder, name), 'utf8'));
        expect(rows.map((row) => row['Result'])).toEqual(['Accepted', 'Accepted']);
      }
    }
    expect(answered).toBe(sent.length);
    const [policy] = exchange.app.archives.policies;
    if (!policy) throw new Error('nothing is archived');
    expect(await exchange.app.archives.verify(policy)).toMatchObject({ archives: 12, findings: [] });
  });

  it('each trouble was one incident, and is over', () => {
    const days = ({ kind, openedAt, closedAt }: Incident) =>
      [kind, dayAt(openedAt, timeZone), closedAt === null ? 'open' : dayAt(closedAt, timeZone)].join(' ');
    expect(incidents.map(days).sort()).toEqual([
      'file-overdue 2024-05-14 2024-05-14',
      'file-overdue 2024-07-09 2024-07-10',
      'target-down 2024-06-17 2024-06-18',
      'transfer-failure 2024-03-30 2024-04-02',
    ]);
  });

  it('nobody is blamed for a day on which nobody could look, and people were warned where they could', () => {
    const subjects = year.exchange.rehearsal.mail.messages().map(({ subject }) => subject);
    const days = (what: string) =>
      subjects.flatMap((subject) => (subject.includes(what) ? /\d{4}-\d{2}-\d{2}/.exec(subject) : []));
    expect(days('is due by 08:00 and not there yet')).toEqual([story.late.day, story.skipped]);
    expect(new Set(days('has not come in time'))).toEqual(new Set([story.late.day, story.skipped]));
    expect(days('has not come on the whole day')).toEqual([story.skipped]);
  });
});
