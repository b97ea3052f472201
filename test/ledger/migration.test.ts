import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { first } from '../../src/ledger/migrations/0001-first.ts';
import type { Tables } from '../../src/ledger/schema.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { sqliteDialect, sqliteId } from '../../src/ledger/sqlite-dialect.ts';
import * as given from './store.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  file = join(folder, 'ledger.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** As the first release left it: two answered arrivals, of which the first has a parked row, and a third one in work. */
async function firstRelease(): Promise<void> {
  const database = new Database(file);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database) });
  const provider = { getMigrations: async () => ({ '0001-first': first(sqliteId) }) };
  expect((await new Migrator({ db, provider }).migrateToLatest()).error).toBeUndefined();
  database.exec(`
    insert into arrivals (partner, feed, folder, name, size, modified_at, state, token, owner, lease_until, sha256, disposition,
      settle_as, mapping, columns, key_columns, ack_columns, rows, accepted, rejected, parked, claimed_at, updated_at)
    values
      ('acme', 'sales', '/in', 'a.csv', 9, 1, 'settled', 3, 'old', 0, 'sha-a', 'processed', '/processed/a.csv', 'm@1', '["Id"]', '["Id"]',
        '["Status"]', 3, 1, 1, 1, 1, 2),
      ('acme', 'sales', '/in', 'b.csv', 9, 1, 'settled', 1, 'old', 0, 'sha-b', 'processed', null, 'm@1', '[]', '[]', '[]', 0, 0, 0, 0, 1, 2),
      ('acme', 'sales', '/in', 'c.csv', 9, 1, 'claimed', 1, 'old', 0, null, null, null, null, '[]', '[]', '[]', 0, 0, 0, 0, 1, 2);
    insert into rows (arrival, line, state, action, operation, order_key, reference, payload, code, message, cells, settled_at) values
      (1, 2, 'accepted', 'Sell', 'create', 'A', 'A', 'p', 'S1', 'Success', '{"Status":"Active"}', 5),
      (1, 3, 'rejected', 'Sell', 'create', 'B', 'B', 'p', 'NO', 'Refused', '{}', 6),
      (1, 4, 'parked', 'Sell', 'create', 'C', 'C', 'p', 'PARKED', 'Lost', '{}', 7);
    insert into contents (arrival, line, keys, fields, plan)
      select arrival, line, '["k"]', '["f"]', '{"request":{},"reads":[]}' from rows;
    insert into effects values ('acme', 'create', 'A', 1, 2, 'p'), ('acme', 'create', 'C', 1, 4, 'p');
    insert into attempts (arrival, line, operation, purpose, opened_at, closed_at, outcome, request)
      values (1, 4, 'create', 'write', 6, 7, 'in-doubt', '{}');
    insert into answers values
      (1, 'acknowledgement', '/out/a-ack.csv', 10, 'h', 8),
      (1, 'rejects', '/out/a-rej.csv', 5, 'r', 8);
  `);
  await db.destroy();
}

it('a ledger of the first release tells the same after it was brought up to date, and goes on', async () => {
  await firstRelease();
  await expect(openLedger({ file, readOnly: true })).rejects.toMatchObject({ code: 'LEDGER_FAILED' });
  const ledger = await openLedger({ file });

  expect(await ledger.arrival(1)).toMatchObject({
    ...{ state: 'settled', round: 0, corrects: null, settleAs: '/processed/a.csv' },
    counts: { rows: 3, accepted: 1, rejected: 1, parked: 1 },
  });
  expect(await ledger.answers(1)).toEqual([
    {
      ...{ kind: 'acknowledgement', round: 0, path: '/out/a-ack.csv', packed: null },
      written: { bytes: 10, sha256: 'h', at: 8 },
    },
    {
      ...{ kind: 'rejects', round: 0, path: '/out/a-rej.csv', packed: null },
      written: { bytes: 5, sha256: 'r', at: 8 },
    },
  ]);
  expect(await ledger.answerPathTaken('acme', '/out/a-ack.csv', 2)).toBe(true);
  const rows = await ledger.answerRows(1, 0, 10, { round: 0 });
  expect(rows).toEqual(await ledger.answerRows(1, 0, 10));
  expect(rows.map(({ line, state, code, settledAt }) => [line, state, code, settledAt])).toEqual([
    [2, 'accepted', 'S1', 5],
    [3, 'rejected', 'NO', 6],
    [4, 'parked', 'PARKED', 7],
  ]);
  expect(await ledger.decisions(1)).toEqual([]);

  // The third file is in work, under a name that no second one may have meanwhile.
  expect(await ledger.claim(given.sighting('c.csv'), given.owner('old'), 10)).toBeNull();
  const decided = await ledger.decide(
    1,
    given.only(4),
    { what: 'resend', by: 'kim', because: 'not there' },
    20,
  );
  expect(decided).toMatchObject({ state: 'staged', round: 1, counts: { pending: 1, parked: 0 } });
  const resumed = await ledger.resume('acme', 'sales', given.me, 20);
  expect(await ledger.pendingRows(resumed ?? decided, 0, 10)).toMatchObject([{ line: 4, inDoubt: null }]);
  expect(await ledger.answerRows(1, 0, 10, { round: 0 })).toEqual(rows);
  await ledger.close();

  const again = await openLedger({ file });
  expect(await again.answerRows(1, 0, 10, { round: 0 })).toEqual(rows);
  await again.close();
});
