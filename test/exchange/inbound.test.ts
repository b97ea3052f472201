import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { hasOpenSsh, type OpenSsh, startOpenSsh } from '../support/openssh.ts';
import { cancellation, columns, csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const ack = '/out/SalesAck_20240611_153000.csv';

/** The same tests over the embedded server and over OpenSSH. */
const servers = {
  'the embedded server': async () => null,
  OpenSSH: () => startOpenSsh(['in', 'out', 'processed', 'errored']),
};

for (const [over, start] of Object.entries(servers)) {
  const missing = over === 'OpenSSH' && !hasOpenSsh();
  describe.skipIf(missing)(`the way of a file over ${over}`, () => {
    let server: OpenSsh | null = null;
    let exchange: Exchange;
    beforeEach(async () => {
      server = await start();
      exchange = await startExchange(server ? { server } : {});
    });
    afterEach(async () => {
      await exchange.stop();
      await server?.stop();
    });

    it('turns rows into calls, answers every line in file order and files the source', async () => {
      await exchange.drop(name, csv([sale(1), sale(2), cancellation(1)]));
      const { arrivals } = await exchange.poll();

      expect(arrivals.map(({ state, counts }) => ({ state, counts }))).toEqual([
        {
          state: 'settled',
          counts: { rows: 3, pending: 0, accepted: 3, rejected: 0, duplicate: 0, parked: 0 },
        },
      ]);
      const rows = rowsOf(await exchange.read(ack));
      expect(
        rows.map((row) => [row['Line'], row['External Contract ID'], row['Action Type'], row['Result']]),
      ).toEqual([
        ['2', 'C-1', 'New Sales', 'Accepted'],
        ['3', 'C-2', 'New Sales', 'Accepted'],
        ['4', 'C-1', 'Cancellation', 'Accepted'],
      ]);
      expect(rows[0]?.['Created Sold Plan Code']).toMatch(/^\w+$/);
      expect(rows[2]?.['Is Cancellable']).toBe('true');
      expect(await exchange.list('/in')).toEqual([]);
      expect(await exchange.list('/processed')).toEqual([name]);
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1, 1]);
    });

    it('has the columns of the reference behind the keys it forgot', async () => {
      await exchange.drop(name, csv([sale(1)]));
      await exchange.poll();
      const [header] = (await exchange.read(ack)).split('\r\n');
      expect(header?.split(',')).toEqual([
        'Line',
        'External Contract ID',
        'Action Type',
        'Status Code',
        'Message',
        'Created Sold Plan Code',
        'Coverage End Date',
        'Plan Cancellation Date',
        'Cancellation Initiation Date',
        'Is Cancellable',
        'Eligibility Status Code',
        'Result',
        'Column',
        'Rule',
        'Value',
        'Fix',
      ]);
    });

    it('keeps every violation of every row, sends the good ones, and gives the bad ones back for correction', async () => {
      const bad = sale(2, {
        'Policy Date of Purchase': '2024-02-31',
        'Email Address': 'nobody',
        'Customer Name': '=HYPERLINK("x")',
      });
      await exchange.drop(name, csv([sale(1), bad, sale(3, { 'Action Type': 'New Sale Please' })]));
      await exchange.poll();

      const rows = rowsOf(await exchange.read(ack));
      expect(rows.map((row) => row['Result'])).toEqual(['Accepted', 'Rejected', 'Rejected']);
      expect(rows[1]).toMatchObject({
        'Status Code': 'INVALID_ROW',
        Column: 'Email Address | Policy Date of Purchase',
        Value: 'nobody | 2024-02-31',
      });
      expect(rows[1]?.['Fix']).toMatch(/2024/);
      expect(rows[2]?.['Column']).toBe('Action Type');

      const rejects = (await exchange.read('/out/SalesRejects_20240611_153000.csv')).split('\r\n');
      expect(rejects[0]).toBe(columns.join(','));
      expect(rejects[1]).toContain(`"'=HYPERLINK(""x"")"`);
      expect(rejects).toHaveLength(4);
      expect([...exchange.rehearsal.servify.effects.keys()]).toEqual(['Contract/createContract C-1']);
    });

    it('rejects a row with the eligibility code of the reference before anything is sent', async () => {
      await exchange.drop(name, csv([sale(1, { 'Plan Code': 'NOSUCHPLAN' })]));
      await exchange.poll();
      const [row] = rowsOf(await exchange.read(ack));
      expect(row).toMatchObject({
        'Eligibility Status Code': 'UNSUPPORTED_PLAN_PRICE',
        Message: 'There is no price of this plan for this device',
        Result: 'Rejected',
      });
      expect(exchange.rehearsal.servify.effects.size).toBe(0);
    });

    it('refuses a broken file as a whole, with one line that says why', async () => {
      await exchange.drop(name, csv([sale(1), sale(2)]).replace('Pat Example 1', '"Pat'));
      const { arrivals } = await exchange.poll();
      expect(arrivals[0]?.problem).toMatchObject({ code: 'FILE_STRUCTURE' });
      const rows = rowsOf(await exchange.read(ack));
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        'Status Code': 'FILE_STRUCTURE',
        Result: 'File refused; no line was processed',
      });
      expect(await exchange.list('/errored')).toEqual([name]);
      expect(exchange.rehearsal.servify.calls.size).toBe(0);
    });

    it('answers a file with a header alone by a header alone', async () => {
      await exchange.drop(name, csv([]));
      await exchange.poll();
      expect(rowsOf(await exchange.read(ack))).toEqual([]);
      expect(await exchange.list('/processed')).toEqual([name]);
    });

    it('makes no call for the same bytes again and gives the same answer, whatever the name', async () => {
      const content = csv([sale(1), sale(2, { 'Email Address': 'nobody' })]);
      await exchange.drop(name, content);
      await exchange.poll();
      const first = await exchange.read(ack);
      const calls = new Map(exchange.rehearsal.servify.calls);

      await exchange.drop(name, content);
      await exchange.drop('Sales_20240612.csv', content);
      const { arrivals } = await exchange.poll();

      expect(arrivals.map(({ repeatOf }) => repeatOf)).toEqual([1, 1]);
      expect(exchange.rehearsal.servify.calls).toEqual(calls);
      expect(await exchange.read(ack)).toBe(first);
      expect(await exchange.read('/out/SalesAck_20240612.csv')).toBe(first);
      expect(await exchange.list('/out')).toEqual([
        'SalesAck_20240611_153000.csv',
        'SalesAck_20240612.csv',
        'SalesRejects_20240611_153000.csv',
        'SalesRejects_20240612.csv',
      ]);
      expect(await exchange.list('/processed')).toHaveLength(3);
    });

    it('takes the same name with other bytes as another file and keeps both answers', async () => {
      await exchange.drop(name, csv([sale(1)]));
      await exchange.poll();
      await exchange.drop(name, csv([sale(1), sale(2)]));
      await exchange.poll();

      expect(await exchange.list('/out')).toEqual([
        'SalesAck_20240611_153000-2.csv',
        'SalesAck_20240611_153000.csv',
      ]);
      const rows = rowsOf(await exchange.read('/out/SalesAck_20240611_153000-2.csv'));
      expect(rows[0]?.['Result']).toBe(
        `Duplicate of line 2 in ${name}, which was accepted; nothing was done again`,
      );
      expect(rows[0]?.['Created Sold Plan Code']).toBe(
        rowsOf(await exchange.read(ack))[0]?.['Created Sold Plan Code'],
      );
      expect(rows[1]?.['Result']).toBe('Accepted');
      expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
    });

    it('collapses identical rows of one reference and rejects differing ones', async () => {
      await exchange.drop(name, csv([sale(1), sale(1), sale(2), sale(2, { City: 'Pune' })]));
      await exchange.poll();
      const results = rowsOf(await exchange.read(ack)).map((row) => row['Result']);
      expect(results).toEqual([
        'Accepted',
        `Duplicate of line 2 in ${name}, which was accepted; nothing was done again`,
        'Rejected',
        'Rejected',
      ]);
      expect([...exchange.rehearsal.servify.effects.keys()]).toEqual(['Contract/createContract C-1']);
    });

    it('takes a corrected rejects file with the values that were sent, not with its guards', async () => {
      const address = { 'Address Line 1': '-5 Side', 'Address Line 2': '@home', Zipcode: '=02110' };
      await exchange.drop(name, csv([sale(1, { ...address, 'Policy Date of Purchase': '31/02/2024' })]));
      await exchange.poll();
      const rejects = await exchange.read('/out/SalesRejects_20240611_153000.csv');
      expect(rejects).toContain("'@home");
      await exchange.drop('Sales_20240612.csv', rejects.replace('31/02/2024', '2024-02-29'));
      await exchange.poll();
      const [attempt] = await exchange.app.ledger.attempts(2);
      expect(attempt?.request['CustomerAddress']).toMatchObject({
        AddressLine1: '-5 Side',
        AddressLine2: '@home',
        Zipcode: '=02110',
      });
    });

    it('lets a corrected row in after it was rejected', async () => {
      await exchange.drop(name, csv([sale(1, { 'Plan Code': 'NOSUCHPLAN' })]));
      await exchange.poll();
      await exchange.drop('Sales_20240612.csv', csv([sale(1)]));
      await exchange.poll();
      expect(rowsOf(await exchange.read('/out/SalesAck_20240612.csv'))[0]?.['Result']).toBe('Accepted');
    });

    it('rejects the duplicate of a rejected line with it, and gives both back for correction', async () => {
      const bad = sale(1, { 'Plan Code': 'NOSUCHPLAN' });
      await exchange.drop(name, csv([bad, bad]));
      const { arrivals } = await exchange.poll();
      expect(arrivals[0]?.counts).toMatchObject({ rejected: 2, duplicate: 0 });
      const [first, again] = rowsOf(await exchange.read(ack));
      const result = `Duplicate of line 2 in ${name}, which was rejected; nothing was done again`;
      expect(again).toEqual({ ...first, Line: '3', Result: result });
      expect(rowsOf(await exchange.read('/out/SalesRejects_20240611_153000.csv'))).toHaveLength(2);
    });

    it('writes inert text into every file, and mails no personal data', async () => {
      await exchange.drop(
        name,
        csv([sale(1, { 'External Contract ID': '=cmd|calc', 'Email Address': '@sum' })]),
      );
      await exchange.poll();
      const answer = await exchange.read(ack);
      expect(answer).toContain("'=cmd|calc");
      expect(answer).not.toMatch(/(^|,)"?[=@]/m);
      const mails = exchange.rehearsal.mail.messages();
      expect(mails).toHaveLength(1);
      expect(JSON.stringify(mails)).not.toContain('Pat Example');
      expect(exchange.log.join('')).not.toContain('Pat Example');
    });
  });
}

describe('what a feed may be told', () => {
  it('answers in two files', async () => {
    const exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].acknowledgement = { files: 'two', rejects: false };
      },
    });
    await exchange.drop(name, csv([sale(1), sale(2, { State: '' })]));
    await exchange.poll();
    expect(await exchange.list('/out')).toEqual([
      'SalesAckFailure_20240611_153000.csv',
      'SalesAckSuccess_20240611_153000.csv',
    ]);
    const success = rowsOf(await exchange.read('/out/SalesAckSuccess_20240611_153000.csv'));
    const failure = rowsOf(await exchange.read('/out/SalesAckFailure_20240611_153000.csv'));
    expect([success.map((row) => row['Line']), failure.map((row) => row['Line'])]).toEqual([['2'], ['3']]);
    await exchange.stop();
  });

  it('answers a duplicate where the line is answered that it repeats', async () => {
    const exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].acknowledgement = { files: 'two', rejects: false };
        config.feeds['acme-sales'].errorThreshold = 1;
      },
    });
    const bad = sale(2, { 'Plan Code': 'NOSUCHPLAN' });
    await exchange.drop(name, csv([sale(1), sale(1), bad, bad]));
    await exchange.poll();
    const lines = async (kind: string) =>
      rowsOf(await exchange.read(`/out/SalesAck${kind}_20240611_153000.csv`)).map((row) => row['Line']);
    expect([await lines('Success'), await lines('Failure')]).toEqual([
      ['2', '3'],
      ['4', '5'],
    ]);
    expect(await exchange.list('/errored')).toEqual([name]);
    await exchange.stop();
  });

  it('gives rejects back with the trailer that the feed demands, so that the corrected file is taken', async () => {
    const exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].dialect = {
          trailer: { marker: 'END', totalOf: 'Device Purchase Price' },
        };
      },
    });
    const rows = [sale(1), sale(2, { State: '' }), sale(3, { State: '', 'Device Purchase Price': '0.10' })];
    await exchange.drop(name, `${csv(rows)}END,3,110001.10\n`);
    await exchange.poll();
    const rejects = await exchange.read('/out/SalesRejects_20240611_153000.csv');
    expect(rejects.trimEnd().split('\r\n').at(-1)).toBe('END,2,55000.60');
    await exchange.drop('Sales_20240612.csv', rejects.replaceAll(',Mumbai,,', ',Mumbai,Maharashtra,'));
    await exchange.poll();
    const [corrected] = await exchange.app.ledger.arrivals({ limit: 1 });
    expect(corrected).toMatchObject({ name: 'Sales_20240612.csv', problem: null });
    expect(corrected?.counts).toMatchObject({ rows: 2, accepted: 2 });
    await exchange.stop();
  });

  it.each([
    ['40%', 'errored'],
    ['60%', 'processed'],
    [0, 'errored'],
    [1, 'processed'],
  ])('files the source by the threshold of %s for one reject in two', async (errorThreshold, folder) => {
    const exchange = await startExchange({
      adjust: (config) => {
        config.feeds['acme-sales'].errorThreshold = errorThreshold;
      },
    });
    await exchange.drop(name, csv([sale(1), sale(2, { State: '' })]));
    await exchange.poll();
    expect(await exchange.list(`/${folder}`)).toEqual([name]);
    await exchange.stop();
  });

  it('works in a local folder as over SFTP', async () => {
    const exchange = await startExchange({
      adjust: (config) => {
        config.partners.acme = { protocol: 'local', root: 'partner' };
      },
    });
    await exchange.drop(name, csv([sale(1)]));
    await exchange.poll();
    expect(rowsOf(await exchange.read(ack))[0]?.['Result']).toBe('Accepted');
    expect(await exchange.list('/processed')).toEqual([name]);
    expect(exchange.rehearsal.sftp.connections).toBe(0);
    await exchange.stop();
  });
});
