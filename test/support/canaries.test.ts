/** The search for canaries catches what is planted; or finding nothing would mean nothing. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMailChannel } from '../../src/alerts/mail.ts';
import { TidegateError } from '../../src/base/errors.ts';
import { canary, findCanaries, keyCanary, personal, personalCanaries } from './canaries.ts';
import { start, tidegate } from './cli.ts';
import { type Exchange, startExchange } from './exchange.ts';
import { csv, sale } from './sales.ts';

describe('the search', () => {
  const secret = 'correct horse+battery/staple "7"';
  const around = (text: string): string => `something ${text} something`;

  it.each<[string, (text: string) => string]>([
    ['as it is', (text) => text],
    ['in a URL', (text) => encodeURIComponent(text)],
    ['in a form', (text) => new URLSearchParams({ text }).toString()],
    ['in JSON', (text) => JSON.stringify({ text })],
    ['in hexadecimal', (text) => Buffer.from(text).toString('hex')],
    ['in base64', (text) => Buffer.from(text).toString('base64')],
    ['in base64, behind one byte', (text) => Buffer.from(`u${text}`).toString('base64')],
    ['in base64, between two', (text) => Buffer.from(`u:${text}!!`).toString('base64')],
    ['in base64 for URLs', (text) => Buffer.from(`user:${text}`).toString('base64url')],
  ])('finds a secret %s', (_form, turn) => {
    expect(findCanaries('here', around(turn(secret)), [canary('the secret', secret)])).toEqual([
      'the secret in here',
    ]);
    expect(findCanaries('here', around(turn('another')), [canary('the secret', secret)])).toEqual([]);
  });

  it('finds a key by any of its lines', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n${'B'.repeat(64)}\nCCCCCCCCCCCCCCCCCCCC\n-----END PRIVATE KEY-----\n`;
    for (const letter of 'ABC') {
      expect(findCanaries('here', letter.repeat(64), [keyCanary('the key', key)])).toHaveLength(1);
    }
    expect(findCanaries('here', '-----BEGIN PRIVATE KEY-----', [keyCanary('the key', key)])).toEqual([]);
  });

  it('knows every personal value of a row', () => {
    for (const column of [
      'Customer Name',
      'Email Address',
      'Mobile Number',
      'Address Line 1',
      'Product Unique ID',
    ]) {
      expect(findCanaries('here', sale(7)[column] ?? '', personalCanaries)).toHaveLength(1);
    }
  });
});

describe('an exchange', () => {
  let exchange: Exchange;
  let secret: string;
  beforeEach(async () => {
    exchange = await startExchange();
    secret = await readFile(join(exchange.rehearsal.configFolder, 'keys', 'signature'), 'utf8');
  });

  const mail = async (subject: string): Promise<void> => {
    const channel = createMailChannel({
      host: '127.0.0.1',
      port: exchange.rehearsal.mail.port,
      security: 'none',
      user: null,
      password: null,
      from: { name: '', address: 'tidegate@example.com' },
      people: [],
      deadline: 5000,
    });
    const body = 'x';
    await channel.send({
      ...{ id: 1, raisedAt: 0, subject, body, kind: null, severity: 'info', phase: null, incident: null },
      ...{ partner: null, feed: null, arrival: null, to: ['ops@example.com'], left: null, attachment: null },
    });
    channel.close();
  };
  const error = (): TidegateError =>
    new TidegateError('CALL_FAILED', 'it failed', { cause: { headers: { authorization: secret } } });

  it.each<[string, string, () => unknown]>([
    [
      'a secret in the log',
      'the secret signature in the log',
      () => exchange.log.push(`{"msg":"${secret}"}`),
    ],
    ['a name in the log', 'personal data (name) in the log', () => exchange.log.push(personal.name)],
    [
      'a secret in the cause of an error',
      'the secret signature in an event (waits)',
      () => exchange.events.push({ kind: 'waits', feed: 'x', arrival: null, error: error() }),
    ],
    [
      'a telephone number in a mail',
      'personal data (phone) in the mail',
      () => mail(`call ${personal.phone}`),
    ],
    ['a name in an encoded subject', 'personal data (name) in the mail', () => mail(`${personal.name} – ç`)],
    [
      'a secret in an answer',
      'the secret signature in out/Ack.csv',
      () => writeFile(join(exchange.root, 'out', 'Ack.csv'), `Value\n${secret}\n`),
    ],
    [
      'an address in an answer',
      'personal data (address) in out/Ack.csv',
      () => writeFile(join(exchange.root, 'out', 'Ack.csv'), `Result,Value\n${personal.address},\n`),
    ],
    [
      'a name in a file name',
      'personal data (name) in the name',
      () => writeFile(join(exchange.root, 'processed', `${personal.name}.csv`), ''),
    ],
    [
      'a secret in the spool',
      'the secret signature in ledger/spool/x',
      () => writeFile(join(exchange.folder, 'ledger', 'spool', 'x'), secret),
    ],
  ])('fails for %s', async (_what, says, leak) => {
    await leak();
    await expect(exchange.stop()).rejects.toThrow(says);
  });

  it('fails for a secret in the ledger', async () => {
    await exchange.drop('Sales_20240611.csv', csv([sale(1, { 'Address Line 2': secret })]));
    await exchange.poll();
    await expect(exchange.stop()).rejects.toThrow('the secret signature in ledger/ledger.db');
  });

  it('fails for a working copy that nobody needs any more', async () => {
    await exchange.drop('Sales_20240611.csv', csv([sale(1)]));
    await exchange.poll();
    await writeFile(join(exchange.folder, 'ledger', 'spool', 'arrival-1.source'), '');
    await expect(exchange.stop()).rejects.toThrow('what is left of a finished file');
  });
});

describe('the command line', () => {
  it('fails for a personal value that is printed', async () => {
    await expect(tidegate([personal.name])).rejects.toThrow('personal data (name) in stderr');
  });

  it('fails for a secret of the environment that is printed', async () => {
    await expect(start(['canary'], { ACME_PASSWORD: 'canary' }).finished).rejects.toThrow(
      'the secret ACME_PASSWORD in stderr',
    );
  });
});
