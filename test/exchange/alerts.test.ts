/** What lasts is told once, reminded of and told to be over; and who else is told of files. */
import { simpleParser } from 'mailparser';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type MailCatcher, startMailCatcher } from '../../src/sandbox/mail-catcher.ts';
import { type Exchange, startExchange, type Yaml } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

const name = 'Sales_20240611.csv';
const hour = 3_600_000;

let exchange: Exchange;
let later = 0;
afterEach(() => exchange.stop());

async function start(adjust?: (config: Yaml) => void): Promise<void> {
  later = 0;
  exchange = await startExchange({
    clock: { ...systemClock, now: () => systemClock.now() + later },
    clockEverywhere: true,
    ...(adjust ? { adjust } : {}),
  });
}
const mails = () => exchange.rehearsal.mail.messages();
const subjects = () => mails().map(({ subject }) => subject);
const open = async () =>
  (await exchange.app.ledger.incidents('open', 10)).map(({ cause, times }) => [cause, times]);

describe('an outage of a target', () => {
  const down = 'servify does not take calls now';
  const over = expect.stringMatching(/^Over after .*: servify does not take calls now$/);

  it('is one incident, whether a call failed or calls are held back, and is over with the first answer', async () => {
    await start(({ targets }) => {
      targets.servify.breaker.pause = '1h';
    });
    const read = 'Contract/checkEligibility';
    exchange.rehearsal.servify.faults.next(read, { kind: 'status', status: 503 }, 3);
    await exchange.drop(name, csv([sale(1)]));
    const codes = [];
    for (let poll = 0; poll < 2; poll++)
      codes.push(((await exchange.poll()).waitsFor as { code: string } | null)?.code);
    // First the call failed, then the breaker held them back.
    expect(codes).toEqual([expect.stringMatching(/^(CALL_FAILED|TARGET_DOWN)$/), 'TARGET_DOWN']);
    expect([await open(), subjects()]).toEqual([[['target:servify:down', 2]], [down]]);
    later += 2 * hour;
    expect((await exchange.poll()).waitsFor).toBeNull();
    expect([await open(), subjects()]).toEqual([[], [down, over]]);
    expect(mails()[1]?.text).toContain(`${name} (arrival 1 of acme-sales)`);
  });

  it('is reminded of at growing pauses while it lasts, across restarts', async () => {
    await start();
    exchange.rehearsal.servify.faults.next(
      'Contract/checkEligibility',
      { kind: 'status', status: 503 },
      1000,
    );
    await exchange.drop(name, csv([sale(1)]));
    await exchange.poll();
    for (const hours of [0.9, 0.2, 3.7, 0.5, 23, 2]) {
      later += hours * hour;
      await exchange.restart();
      await exchange.poll();
    }
    expect(subjects()).toEqual([
      down,
      expect.stringMatching(/^Still, after 1 h 6 min: servify/),
      expect.stringMatching(/^Still, after 5 h 18 min: servify/),
      expect.stringMatching(/^Still, after 1 day 6 h: servify/),
    ]);
  });
});

describe('files with too many rejected rows', () => {
  it('are told one by one and are one incident, until a good one comes', async () => {
    await start(({ feeds }) => {
      feeds['acme-sales'].errorThreshold = 0;
    });
    for (const day of [11, 12]) {
      await exchange.drop(`Sales_202406${day}.csv`, csv([sale(day, { State: '' })]));
      await exchange.poll();
    }
    expect(await open()).toEqual([['files:acme:acme-sales:rejected', 2]]);
    await exchange.drop('Sales_20240613.csv', csv([sale(13)]));
    await exchange.poll();
    expect([await open(), subjects()]).toEqual([
      [],
      [
        'acme: Sales_20240611.csv has 1 rejected row of 1',
        'acme: Sales_20240612.csv has 1 rejected row of 1',
        expect.stringMatching(/^Over after .*: acme: Sales_20240611\.csv has 1 rejected row of 1$/),
      ],
    ]);
    expect(mails()[2]?.text).toContain('Sales_20240612.csv (arrival 2 of acme-sales)');
  });

  it('open nothing where the feed allows as many', async () => {
    await start();
    await exchange.drop(name, csv([sale(1, { State: '' })]));
    await exchange.poll();
    expect([await open(), subjects()]).toEqual([[], ['acme: Sales_20240611.csv has 1 rejected row of 1']]);
  });
});

describe('the partner', () => {
  const contacts = ({ partners }: Yaml): void => {
    partners.acme.contacts = { to: ['files@acme.example'] };
  };
  const theirs = () => mails().filter(({ recipients }) => recipients.includes('files@acme.example'));

  it('is told what was wrong with a refused file, and nothing of how things are done here', async () => {
    await start(contacts);
    await exchange.drop(name, 'Wrong,Header\n1,2\n');
    await exchange.poll();
    expect(mails()).toHaveLength(2);
    const [mail, ...more] = theirs();
    expect([mail?.subject, mail?.recipients, more]).toEqual([
      'Your file Sales_20240611.csv was refused',
      ['files@acme.example'],
      [],
    ]);
    expect(mail?.text).toMatch(/Reason {4}\S[\s\S]*send it again as a whole[\s\S]*SalesAck_20240611\.csv/);
    expect(mail?.text).not.toMatch(/tidegate |arrival|servify|\/in\b|FILE_HEADER/i);
  });

  it('is told which lines were rejected and why, without their values', async () => {
    await start(contacts);
    await exchange.drop(name, csv([sale(1, { State: '' }), sale(2)]));
    await exchange.poll();
    const [mail] = theirs();
    expect(mail?.subject).toBe('Your file Sales_20240611.csv: 1 line of 2 rejected');
    expect(mail?.text).toMatch(/The first of them:\n {2}line 2, State: /);
    expect(mail?.text).toMatch(/SalesRejects_20240611\.csv/);
    expect(mail?.text).not.toMatch(/tidegate |arrival|servify/i);
    // The same file again is answered, and nobody is told again.
    await exchange.drop(name, csv([sale(1, { State: '' }), sale(2)]));
    await exchange.poll();
    expect(theirs()).toHaveLength(1);
  });
});

describe('the file of rejected rows', () => {
  let own: MailCatcher;
  afterEach(() => own.close());

  it('goes with the mail by the channel that may carry it, as the partner got it', async () => {
    own = await startMailCatcher();
    await start((config) => {
      const { from } = config.mail;
      const server = { kind: 'email', host: '127.0.0.1', port: own.port, security: 'none', from };
      config.alerts = {
        channels: {
          team: { ...server, attachRejects: true },
          small: { ...server, attachRejects: true, attachMost: '10B' },
        },
        routes: [
          { channel: 'team', to: ['team@example.com'], kinds: ['rows-rejected'] },
          { channel: 'small', to: ['small@example.com'] },
        ],
      };
    });
    await exchange.drop(name, csv([sale(1, { State: '' }), sale(2)]));
    await exchange.poll();
    const attached = new Map<string, string | null>();
    for (const { raw, recipients } of own.messages()) {
      const [file] = (await simpleParser(raw)).attachments;
      attached.set(recipients.join(), file ? `${file.filename} ${file.content.toString()}` : null);
    }
    const rejects = 'SalesRejects_20240611.csv';
    expect(attached).toEqual(
      new Map([
        ['team@example.com', `${rejects} ${await exchange.read(`/out/${rejects}`)}`],
        ['small@example.com', null],
      ]),
    );
    expect((await simpleParser(mails()[0]?.raw ?? '')).attachments).toEqual([]);
  });
});

describe('the digest', () => {
  it('tells once a day what came and what is open, to its readers', async () => {
    await start((config) => {
      config.alerts = {
        digest: { at: '07:30', timeZone: 'Europe/Berlin', to: ['lead@example.com'] },
      };
    });
    const digests = () => mails().filter(({ recipients }) => recipients.includes('lead@example.com'));
    await exchange.drop(name, 'Wrong,Header\n1,2\n');
    await exchange.poll();
    // Whatever time it is now: the day with this file is over by then.
    const before = digests().length;
    for (const hours of [24, 1]) {
      later += hours * hour;
      await exchange.app.tell();
    }
    const told = digests().slice(before);
    expect(told.length).toBeGreaterThanOrEqual(1);
    expect(told[0]?.subject).toMatch(/^Tidegate on \d{4}-\d\d-\d\d: 1 file, 1 incident open$/);
    expect(told[0]?.text).toContain('acme, acme-sales: 1 file, 1 refused; 0 rows');
    expect(told[0]?.text).toMatch(/open for .*: acme: Sales_20240611\.csv was refused as a whole/);
    expect(new Set(digests().map(({ messageId }) => messageId)).size).toBe(digests().length);
  });
});
