import { appendFile, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Arrival, Ledger, Reason, Verdict } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { cancellation, csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const ack = '/out/SalesAck_20240611_153000.csv';
const supplement = (round: number, kind = 'Ack') => `/out/Sales${kind}_20240611_153000_S0${round}.csv`;
const cancel = 'Contract/cancelContract';
const held = 'Held for a decision: do not send it again; the outcome follows in a supplement';
const kim: Reason = { by: 'kim', because: 'Servify says so' };
/** How long a condition may take to come true on a busy machine. */
const patience = 15_000;
const all = { states: ['rejected', 'parked'], lines: null } as const;

describe('a file that is worked on again', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.deadline = '500ms';
        config.partners.acme.retry = { attempts: 2, first: '10ms', most: '20ms' };
      },
    });
  });
  afterEach(() => exchange.stop());

  const faults = () => exchange.rehearsal.servify.faults;
  const calls = (operation: string) => exchange.rehearsal.servify.calls.get(operation) ?? 0;
  const results = async (path: string) => rowsOf(await exchange.read(path)).map((row) => row['Result']);
  const arrival = async (id = 1): Promise<Arrival> => {
    const found = await exchange.app.ledger.arrival(id);
    if (!found) throw new Error(`arrival ${id} is not there`);
    return found;
  };
  /** As a command does it: with a ledger of its own, while the exchange has the file open. */
  const elsewhere = async <T>(work: (ledger: Ledger) => Promise<T>): Promise<T> => {
    const ledger = await openLedger({ file: join(exchange.folder, 'ledger', 'ledger.db') });
    try {
      return await work(ledger);
    } finally {
      await ledger.close();
    }
  };
  const decide = (what: Verdict['what'], line = 3, id = 1) =>
    elsewhere((ledger) => ledger.decide(id, [{ from: line, to: line }], { what, ...kim }, Date.now()));
  const retry = (selection: Parameters<Ledger['retry']>[1] = all, id = 1) =>
    elsewhere((ledger) => ledger.retry(id, selection, kim, Date.now()));
  const range = (from: number, to = from) => ({ ...all, lines: [{ from, to }] });

  /** Line 3 is a cancellation whose answer was lost. */
  const parkOne = async (kind: 'drop-before' | 'drop-after' = 'drop-before', more: Yaml[] = []) => {
    faults().next(cancel, { kind });
    await exchange.drop(name, csv([sale(1), cancellation(1), ...more]));
    await exchange.poll();
  };

  /** The mapping is ours: what it refuses wrongly is not the partner's fault. */
  const mendLookup = async () => {
    const file = join(exchange.folder, 'mappings', 'contract-sale.devices.csv');
    const [, known] = (await readFile(file, 'utf8')).split('\n');
    await appendFile(file, `${known?.replace(/^[^,]*/, 'NEW-SKU')}\n`);
    await exchange.restart();
  };

  /** The mapping calls it by another name from now on. */
  const loseAction = async (action: string) => {
    const file = join(exchange.folder, 'mappings', 'contract-sale.yaml');
    const mapping = await readFile(file, 'utf8');
    await writeFile(file, mapping.replace(`\n  ${action}:\n`, '\n  Something Else:\n'));
    await exchange.restart();
  };
  /** Its next delivery finds that nobody answers the read that goes first. */
  const interruptSale = () => faults().next('Contract/checkEligibility', { kind: 'status', status: 503 }, 3);

  describe('because a person decided about a parked row', () => {
    it('is answered by a supplement with that row alone; nothing else changes, and nothing is called', async () => {
      await parkOne('drop-after');
      const first = await exchange.read(ack);
      const made = calls(cancel);
      await decide('accepted');
      const { arrivals, waitsFor } = await exchange.poll();
      expect([arrivals.map(({ state, round }) => [state, round]), waitsFor]).toEqual([
        [['settled', 1]],
        null,
      ]);
      expect(rowsOf(await exchange.read(supplement(1)))).toEqual([
        expect.objectContaining({
          ...{ Line: '3', Result: 'Accepted', 'Status Code': 'DECIDED' },
          Message: 'decided: Servify says so',
        }),
      ]);
      expect((await exchange.read(supplement(1))).split('\n')[0]).toBe(first.split('\n')[0]);
      expect(await exchange.read(ack)).toBe(first);
      expect(await exchange.list('/out')).toHaveLength(2);
      expect(await exchange.list('/processed')).toEqual([name]);
      expect(calls(cancel)).toBe(made);
      expect((await arrival()).counts).toMatchObject({ rows: 2, accepted: 2, parked: 0 });
    });

    it('gives a row that had no effect back to the partner, who may send it again', async () => {
      await parkOne('drop-before', [cancellation(1)]);
      await decide('rejected');
      await exchange.poll();
      expect(await results(supplement(1))).toEqual([
        'Rejected',
        expect.stringMatching(/^Duplicate of line 3 .* rejected/),
      ]);
      expect(rowsOf(await exchange.read(supplement(1, 'Rejects')))).toHaveLength(2);
      await exchange.drop('Sales_20240612.csv', csv([cancellation(1)]));
      await exchange.poll();
      expect(await results('/out/SalesAck_20240612.csv')).toEqual(['Accepted']);
    });

    it('sends it again when told so, once', async () => {
      await parkOne('drop-before');
      const before = await exchange.app.ledger.attempts(1);
      await decide('resend');
      await exchange.poll();
      expect(await results(supplement(1))).toEqual(['Accepted']);
      expect(calls(cancel)).toBe(2);
      expect((await exchange.app.ledger.attempts(1)).slice(0, before.length)).toEqual(before);
    });

    it('is asked for once when other rows of the file only repeat it', async () => {
      await parkOne('drop-after', [cancellation(1), cancellation(1), sale(4)]);
      expect(await results(ack)).toEqual([
        'Accepted',
        held,
        expect.stringMatching(/^Duplicate of line 3 /),
        expect.stringMatching(/^Duplicate of line 3 /),
        'Accepted',
      ]);
      const [{ subject, text } = { subject: '', text: '' }] = exchange.rehearsal.mail.messages();
      expect(subject).toContain('3 parked rows of 5: please decide');
      expect(text).toContain('  1:3: PARKED; 2 rows of this file repeat it, with nothing to decide\n');
      expect(text.match(/\b1:\d+/g)).toEqual(['1:3', '1:3']);
    });

    it('parks it again when the answer is lost again, and tells about it once more', async () => {
      await parkOne();
      const subjects = () => exchange.rehearsal.mail.messages().map(({ subject }) => subject);
      faults().next(cancel, { kind: 'drop-after' });
      await decide('resend');
      await exchange.poll();
      expect(await results(supplement(1))).toEqual([held]);
      expect(subjects()).toEqual([
        expect.stringContaining('1 parked row of 2: please decide'),
        expect.stringContaining('1 parked row of 1 worked off again (supplement 1): please decide'),
      ]);
      await decide('accepted');
      await exchange.poll();
      expect(await results(supplement(1))).toEqual([held]);
      expect(await results(supplement(2))).toEqual(['Accepted']);
      expect(subjects().slice(2)).toEqual([
        expect.stringMatching(/^Over after .*: acme: .* 1 parked row of 2/),
      ]);
    });

    it('lets the rows go that were held up behind it', async () => {
      const reactivation = { 'External Contract ID': 'C-1', 'Action Type': 'Reactivation' };
      await parkOne('drop-after', [reactivation]);
      expect(rowsOf(await exchange.read(ack))[2]).toMatchObject({ 'Status Code': 'BEHIND_PARKED' });
      await decide('accepted');
      await exchange.poll();
      await retry(range(4));
      await exchange.poll();
      expect(rowsOf(await exchange.read(supplement(2)))).toEqual([
        expect.objectContaining({ Line: '4', Result: 'Accepted' }),
      ]);
    });

    it('also answers the files that repeat it', async () => {
      await parkOne('drop-after');
      await exchange.drop('Sales_20240612.csv', csv([cancellation(1), sale(2)]));
      await exchange.poll();
      expect(await results('/out/SalesAck_20240612.csv')).toEqual([
        expect.stringMatching(/held for a decision: do not send it again; .* supplement$/),
        'Accepted',
      ]);
      // The question is about the row that was sent, whichever file asked.
      const asked = exchange.rehearsal.mail.messages().map(({ text }) => text);
      expect(asked).toEqual([
        expect.stringMatching(/^ {2}1:3: PARKED$.*^ {2}tidegate resolve 1:3 --accepted\|/ms),
        expect.stringMatching(
          /^ {2}1:3 of another file: PARKED; 1 row of this file repeats it, .*^ {2}tidegate resolve 1:3 --accepted\|/ms,
        ),
      ]);
      await decide('accepted');
      await exchange.poll();
      expect(await results('/out/SalesAck_20240612_S01.csv')).toEqual([
        expect.stringMatching(/^Duplicate of line 3 .* accepted/),
      ]);
      expect((await arrival(2)).counts).toMatchObject({ duplicate: 1, parked: 0, accepted: 1 });
    });

    it('is taken up while the exchange is running, before the files that have come since', async () => {
      await parkOne('drop-after');
      await exchange.drop('Sales_20240612.csv', csv([sale(2)]));
      await exchange.drop('Sales_20240613.csv', csv([sale(3)]));
      const poll = exchange.poll();
      await vi.waitFor(() => expect(calls('Contract/createContract')).toBe(2), patience);
      await decide('accepted');
      const { arrivals } = await poll;
      expect(arrivals.map(({ id, state }) => [id, state])).toEqual([
        [2, 'settled'],
        [1, 'settled'],
        [3, 'settled'],
      ]);
      expect(await results(supplement(1))).toEqual(['Accepted']);
    });
  });

  describe('because rejected rows are to be tried again', () => {
    it('maps them anew with the mapping of today, and works them off', async () => {
      await exchange.drop(
        name,
        csv([sale(1), sale(2, { 'External SKU Code': 'NEW-SKU' }), sale(3, { State: '' })]),
      );
      await exchange.poll();
      const first = await exchange.read(ack);
      await mendLookup();
      await retry();
      const { arrivals } = await exchange.poll();
      expect(arrivals).toMatchObject([{ round: 1, counts: { rows: 3, accepted: 2, rejected: 1 } }]);
      expect(rowsOf(await exchange.read(supplement(1))).map((row) => [row['Line'], row['Result']])).toEqual([
        ['3', 'Accepted'],
        ['4', 'Rejected'],
      ]);
      expect(rowsOf(await exchange.read(supplement(1, 'Rejects')))).toHaveLength(1);
      expect(await exchange.read(ack)).toBe(first);
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
      expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
      const { subject } = exchange.rehearsal.mail.messages().at(-1) ?? {};
      expect(subject).toContain('1 rejected row of 2 worked off again (supplement 1)');
    });

    it('rejects, in words, what the mapping does not read any more, and lets the feed go on', async () => {
      await exchange.drop(name, csv([sale(1, { State: '' })]));
      await exchange.poll();
      const file = join(exchange.folder, 'mappings', 'contract-sale.yaml');
      const mapping = await readFile(file, 'utf8');
      await writeFile(
        file,
        mapping.replace('\ncolumns:\n', '\ncolumns:\n  New Column: { type: text, max: 9 }\n'),
      );
      await exchange.restart();
      await retry();
      expect((await exchange.poll()).waitsFor).toBeNull();
      expect(rowsOf(await exchange.read(supplement(1)))).toEqual([
        expect.objectContaining({
          ...{ Result: 'Rejected', 'Status Code': 'MAPPING_CHANGED' },
          Rule: expect.stringContaining('New Column'),
        }),
      ]);
      await writeFile(file, mapping);
      await exchange.restart();
      await retry();
      await exchange.poll();
      expect(rowsOf(await exchange.read(supplement(2)))).toMatchObject([{ 'Status Code': 'INVALID_ROW' }]);
      const versions = (await exchange.app.ledger.decisions(1)).map((decision) => decision.mapping);
      expect(versions[1]).toBe((await arrival()).mapping);
      expect(versions[0]).not.toBe(versions[1]);
    });

    it('leaves a row parked whose action is gone, and sends nothing for it', async () => {
      await parkOne('drop-after');
      await loseAction('Cancellation');
      for (const [round, begin] of [() => retry(), () => decide('resend')].entries()) {
        await begin();
        expect((await exchange.poll()).waitsFor).toBeNull();
        expect(await results(supplement(round + 1))).toEqual([held]);
      }
      expect(calls(cancel)).toBe(1);
    });

    it('rejects a row whose action goes while it waits to be sent again', async () => {
      await exchange.drop(name, csv([sale(1, { 'External SKU Code': 'NEW-SKU' })]));
      await exchange.poll();
      await mendLookup();
      await retry();
      interruptSale();
      await exchange.poll();
      expect((await arrival()).state).toBe('staged');
      await loseAction('New Sales');
      expect((await exchange.poll()).waitsFor).toBeNull();
      expect(rowsOf(await exchange.read(supplement(1)))).toMatchObject([
        { Result: 'Rejected', 'Status Code': 'MAPPING_CHANGED' },
      ]);
    });

    it('waits for an action that goes in the first round, which was not answered yet, and tells people', async () => {
      interruptSale();
      await exchange.drop(name, csv([sale(1)]));
      await exchange.poll();
      await loseAction('New Sales');
      expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'MAPPING_INVALID' });
      expect((await arrival()).state).toBe('staged');
      const { subject, text } = exchange.rehearsal.mail.messages().at(-1) ?? {};
      expect(subject).toBe('acme: Tidegate could not work on a file');
      expect(text).toMatch(/no action "New Sales" any more[\s\S]*Put the action back/);
    });

    it('asks again what became of a parked row before anything is sent', async () => {
      const create = 'Contract/createContract';
      faults().next(create, { kind: 'drop-after' });
      faults().next('Contract/getContractInfo', { kind: 'status', status: 400, errorCode: 'ODD.400' });
      await exchange.drop(name, csv([sale(1)]));
      await exchange.poll();
      expect(await results(ack)).toEqual([held]);
      await retry();
      await exchange.poll();
      expect(await results(supplement(1))).toEqual(['Accepted']);
      expect(calls(create)).toBe(1);
    });

    it('parks a row again that may neither be repeated nor looked up', async () => {
      await parkOne('drop-before');
      await retry();
      await exchange.poll();
      expect(await results(supplement(1))).toEqual([held]);
      expect(calls(cancel)).toBe(1);
    });

    it('sends nothing again that was sent, however it is asked', async () => {
      await exchange.drop(name, csv([sale(1), sale(1)]));
      await exchange.poll();
      for (const selection of [all, range(2), range(3)])
        await expect(retry(selection)).rejects.toMatchObject({ code: 'NOT_OPEN' });
      expect((await exchange.poll()).arrivals).toEqual([]);
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1]);
    });
  });

  describe('and is interrupted on the way', () => {
    const sftp = () => exchange.rehearsal.sftp.faults;
    const interruptions: [what: string, stopsAt: Arrival['state'], interrupt: () => void][] = [
      [
        'the target is down',
        'staged',
        () => faults().next('Contract/checkEligibility', { kind: 'status', status: 503 }, 3),
      ],
      ['the supplement cannot be written', 'delivered', () => sftp().next('WRITE', { answer: 'failure' })],
      ['the server drops its bytes', 'delivered', () => sftp().next('WRITE', { answer: 'drop-bytes' })],
      [
        'the supplement cannot be renamed',
        'delivered',
        () => sftp().next('RENAME', { answer: 'failure' }, { path: /\/out\// }),
      ],
      [
        'the second of its files cannot be written',
        'delivered',
        () => sftp().next('OPEN', { answer: 'failure' }, { path: /\/out\/.*Ack/ }),
      ],
    ];

    it.each(interruptions)('goes on in the next process when %s', async (_what, stopsAt, interrupt) => {
      await parkOne('drop-before', [sale(2, { 'External SKU Code': 'NEW-SKU' }), sale(3, { State: '' })]);
      const first = await exchange.read(ack);
      await mendLookup();
      await retry();
      interrupt();
      const { waitsFor } = await exchange.poll();
      expect([waitsFor, await arrival()]).toEqual([
        expect.objectContaining({ retry: expect.stringMatching(/later|never/) }),
        expect.objectContaining({ state: stopsAt, round: 1 }),
      ]);
      // Meanwhile the partner sends something else under the very same name.
      await exchange.drop(name, csv([sale(9)]));
      await exchange.restart();
      await vi.waitFor(async () => {
        await exchange.poll();
        expect(await arrival(2)).toMatchObject({ state: 'settled', corrects: 1 });
      }, patience);
      expect(await results(supplement(1))).toEqual([held, 'Accepted', 'Rejected']);
      expect(await exchange.read(ack)).toBe(first);
      expect(await results('/out/SalesAck_20240611_153000-2.csv')).toEqual(['Accepted']);
      expect((await exchange.list('/processed')).sort()).toEqual([name, 'Sales_20240611_153000~2.csv']);
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1, 1]);
      expect(calls(cancel)).toBe(1);
    });
  });

  it('gives a later repeat of the same bytes every answer again, byte for byte, and makes no call', async () => {
    const content = csv([sale(1), cancellation(1), sale(2, { State: '' })]);
    faults().next(cancel, { kind: 'drop-after' });
    await exchange.drop(name, content);
    await exchange.poll();
    await decide('accepted');
    await exchange.poll();
    await retry();
    await exchange.poll();
    const paths = (await exchange.list('/out')).map((file) => `/out/${file}`);
    expect(paths).toEqual([ack, supplement(1), supplement(2), ...[0, 2].map(rejects)].toSorted());
    const written = await Promise.all(paths.map((path) => exchange.read(path)));
    for (const path of paths) await unlink(join(exchange.root, path));
    const made = new Map(exchange.rehearsal.servify.calls);

    await exchange.restart();
    await exchange.drop(name, content);
    await exchange.poll();
    expect(await Promise.all(paths.map((path) => exchange.read(path)))).toEqual(written);
    await exchange.drop('Sales_20240612.csv', content);
    await exchange.poll();
    const renamed = paths.map((path) => path.replace('20240611_153000', '20240612'));
    expect(await Promise.all(renamed.map((path) => exchange.read(path)))).toEqual(written);
    expect(exchange.rehearsal.servify.calls).toEqual(made);
  });
  const rejects = (round: number) =>
    round === 0 ? '/out/SalesRejects_20240611_153000.csv' : supplement(round, 'Rejects');

  it('is answered in two files where that is agreed, and only in those that have a line', async () => {
    await exchange.restart((config) => {
      config.feeds['acme-sales'].acknowledgement = { files: 'two' };
    });
    await parkOne('drop-after', [sale(2, { State: '' })]);
    await decide('accepted');
    await exchange.poll();
    await retry();
    await exchange.poll();
    const supplements = (await exchange.list('/out')).filter((file) => /_S\d\d/.test(file));
    expect(supplements).toEqual([
      'SalesAckFailure_20240611_153000_S02.csv',
      'SalesAckSuccess_20240611_153000_S01.csv',
      'SalesRejects_20240611_153000_S02.csv',
    ]);
  });

  it('keeps apart the supplements of two files of one name', async () => {
    await parkOne('drop-after');
    faults().next(cancel, { kind: 'drop-after' });
    const other = cancellation(1, { 'Cancellation Initiation Date': '2024-06-12' });
    await decide('accepted');
    await exchange.drop(name, csv([sale(1), cancellation(1), other]));
    await exchange.poll();
    await decide('accepted', 4, 2);
    await exchange.poll();
    expect(await results('/out/SalesAck_20240611_153000-2_S01.csv')).toEqual(['Accepted']);
    expect(rowsOf(await exchange.read(supplement(1)))[0]).toMatchObject({ Line: '3' });
  });

  it('does not wait for ever for a younger file of its feed that it repeats now', async () => {
    await exchange.drop(name, csv([sale(1, { 'External SKU Code': 'NEW-SKU' })]));
    await exchange.poll();
    faults().next('Contract/checkEligibility', { kind: 'status', status: 503 }, 3);
    await exchange.drop('Sales_20240612.csv', csv([sale(1, { 'External SKU Code': 'NEW-SKU' }), sale(2)]));
    await mendLookup();
    await exchange.poll();
    expect(await arrival(2)).toMatchObject({ state: 'staged', counts: { pending: 2 } });
    await retry();
    await vi.waitFor(async () => {
      await exchange.poll();
      expect([(await arrival(1)).state, (await arrival(2)).state]).toEqual(['settled', 'settled']);
    }, patience);
    expect(await results(supplement(1))).toEqual([
      expect.stringMatching(/^Duplicate of line 2 in Sales_20240612.csv, which was accepted/),
    ]);
    expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
  });

  describe('corrected under the same name', () => {
    const update = (n: number, City: string) =>
      sale(n, { 'Action Type': 'Update', City, 'Product Unique ID': 'SERIAL-0009' });

    it('has its unchanged rows as duplicates, and what it changes rejected with the line it contradicts', async () => {
      await exchange.drop(
        name,
        csv([sale(1), sale(2), update(1, 'Mumbai'), update(2, 'Pune'), sale(3, { State: '' })]),
      );
      await exchange.poll();
      const made = calls('Contract/updateContract');
      await exchange.drop(
        name,
        csv([sale(1), sale(2), update(1, 'Mumbai'), update(2, 'Delhi'), sale(3), update(3, 'Goa')]),
      );
      await exchange.poll();
      const rows = rowsOf(await exchange.read('/out/SalesAck_20240611_153000-2.csv'));
      expect(rows.map((row) => row['Result'])).toEqual([
        expect.stringMatching(/^Duplicate of line 2/),
        expect.stringMatching(/^Duplicate of line 3/),
        expect.stringMatching(/^Duplicate of line 4/),
        'Rejected',
        'Accepted',
        'Accepted',
      ]);
      expect(rows[3]).toMatchObject({
        'Status Code': 'ROW_CHANGED',
        Rule: expect.stringContaining('line 5'),
      });
      expect(calls('Contract/updateContract')).toBe(made + 1);
    });

    it('may change rows where the feed lets it', async () => {
      await exchange.restart((config) => {
        config.feeds['acme-sales'].corrected = { changed: 'send' };
      });
      await exchange.drop(name, csv([sale(1), update(1, 'Mumbai')]));
      await exchange.poll();
      await exchange.drop(name, csv([sale(1), update(1, 'Pune')]));
      await exchange.poll();
      expect(await results('/out/SalesAck_20240611_153000-2.csv')).toEqual([
        expect.stringMatching(/^Duplicate of line 2/),
        'Accepted',
      ]);
      expect(calls('Contract/updateContract')).toBe(2);
    });
  });
});
