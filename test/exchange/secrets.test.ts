/** Moments in which secrets and personal values are near: whatever comes of them, the exchange searches everything it produced when it stops. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MailCatcher, startMailCatcher } from '../../src/sandbox/mail-catcher.ts';
import { personal } from '../support/canaries.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611.csv';
const passwords = { mail: 'mail-canary/7+x', wrong: 'wrong-canary=8' };

let mail: MailCatcher;
let exchange: Exchange;
beforeEach(async () => {
  mail = await startMailCatcher({ users: { tidegate: passwords.mail } });
});
afterEach(async () => {
  await mail.close();
  await exchange.stop();
});

/** Both logins go by a password. */
async function start(given: { sftp?: string; mail?: string } = {}): Promise<void> {
  exchange = await startExchange({
    mail,
    async adjust(config, { partner, configFolder }) {
      const keys = join(configFolder, 'keys');
      await writeFile(join(keys, 'mail-password'), given.mail ?? passwords.mail);
      await writeFile(join(keys, 'sftp-password'), given.sftp ?? partner.password);
      const { key: _key, ...acme } = config.partners.acme;
      config.partners.acme = { ...acme, user: partner.user, password: '${file:keys/sftp-password}' };
      config.mail = {
        ...config.mail,
        user: 'tidegate',
        password: '${file:keys/mail-password}',
      };
    },
  });
}

const badRow = () => sale(1, { State: '', 'Email Address': `${personal.mail}@` });

it('a file with rejects, and a mail about it', async () => {
  await start();
  await exchange.drop(name, csv([badRow(), sale(2)]));
  await exchange.poll();
  expect(await exchange.list('/processed')).toEqual([name]);
  expect(mail.messages()).toHaveLength(1);
});

it('a server that refuses our password', async () => {
  await start({ sftp: passwords.wrong });
  expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'REMOTE_AUTH' });
  expect(mail.messages()).toHaveLength(1);
});

it('a mail server that refuses our password', async () => {
  await start({ mail: passwords.wrong });
  await exchange.drop(name, csv([badRow()]));
  await exchange.poll();
  expect((await exchange.app.ledger.notices(1))[0]).toMatchObject({
    sentAt: null,
    lastError: expect.stringContaining('refused the login'),
  });
});

it('a mail server that repeats the password in its answer', async () => {
  await start();
  mail.faults.refuseLogin = 'no login with {password}, try another';
  await exchange.drop(name, csv([badRow()]));
  await exchange.poll();
  expect((await exchange.app.ledger.notices(1))[0]?.lastError).toContain('try another');
});

it('an API that repeats the values of the row in its refusal', async () => {
  await start();
  const quoting = `no contract for ${personal.name} with ${personal.phone}, ${personal.address}`;
  exchange.rehearsal.servify.faults.next('Contract/createContract', {
    kind: 'status',
    status: 400,
    errorCode: 'DATA.BAD_REQUEST.400',
    message: quoting,
  });
  await exchange.drop(name, csv([sale(1)]));
  await exchange.poll();
  expect(rowsOf(await exchange.read('/out/SalesAck_20240611.csv'))[0]?.['Message']).toBe(quoting);
  expect(mail.messages()).toHaveLength(1);
});

it('a header that is a row', async () => {
  await start();
  await exchange.drop(
    name,
    csv([sale(1), sale(2)])
      .split('\n')
      .slice(1)
      .join('\n'),
  );
  await exchange.poll();
  expect((await exchange.app.ledger.arrival(1))?.problem).toMatchObject({ code: 'FILE_HEADER' });
});

it('a row that is a stray quote away from being a file', async () => {
  await start();
  await exchange.drop(name, csv([sale(1), sale(2)]).replace(personal.address, `"${personal.address}" 2`));
  await exchange.poll();
  expect((await exchange.app.ledger.arrival(1))?.problem).toMatchObject({ code: 'FILE_STRUCTURE' });
});
