/** A mail server in trouble: files go their way, and the mail follows when it can. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { MailFaults } from '../../src/sandbox/mail-catcher.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, sale } from '../support/sales.ts';

const name = 'Sales_20240611.csv';

let exchange: Exchange;
let later: number;
beforeEach(async () => {
  later = 0;
  exchange = await startExchange({
    clock: { ...systemClock, now: () => systemClock.now() + later },
    adjust: ({ mail }) => {
      mail.to = ['ops@example.com', 'oncall@example.com'];
      mail.deadline = '500ms';
    },
  });
  await exchange.drop(name, csv([sale(1, { State: '' }), sale(2)]));
});
afterEach(() => exchange.stop());

const aMinuteLater = async (): Promise<void> => {
  later += 61_000;
  await exchange.app.tell();
};
const recipients = () => exchange.rehearsal.mail.messages().map((mail) => mail.recipients);

it.each<[what: string, start: (faults: MailFaults) => void, end: (faults: MailFaults) => void]>([
  [
    'is mute',
    (faults) => {
      faults.mute = true;
    },
    (faults) => {
      faults.mute = false;
    },
  ],
  [
    'drips',
    (faults) => {
      faults.dripMs = 20;
    },
    (faults) => {
      faults.dripMs = null;
    },
  ],
  [
    'refuses every mail',
    (faults) => {
      faults.refuseData = '5.7.1 no';
    },
    (faults) => {
      faults.refuseData = null;
    },
  ],
])('goes on while the mail server %s, and mails later', async (_what, start, end) => {
  const { mail } = exchange.rehearsal;
  start(mail.faults);
  await exchange.poll();
  expect(await exchange.list('/processed')).toEqual([name]);
  expect(await exchange.app.ledger.notices(1)).toMatchObject([{ sentAt: null, tries: 1 }]);
  expect(mail.messages()).toEqual([]);
  end(mail.faults);
  await aMinuteLater();
  expect(recipients()).toEqual([['ops@example.com', 'oncall@example.com']]);
});

it('tells the recipient who was refused again, and nobody else', async () => {
  const { mail } = exchange.rehearsal;
  mail.faults.refuse.set('oncall@example.com', '4.2.2 mailbox full');
  await exchange.poll();
  const [notice] = await exchange.app.ledger.notices(1);
  expect(notice).toMatchObject({
    sentAt: expect.any(Number),
    lastError: expect.stringContaining('recipient 2 of 2 was refused'),
  });
  mail.faults.refuse.clear();
  await aMinuteLater();
  await aMinuteLater();
  expect(recipients()).toEqual([['ops@example.com'], ['oncall@example.com']]);
  expect(await exchange.app.ledger.notices(1)).toMatchObject([{ sentAt: notice?.sentAt, lastError: null }]);
});
