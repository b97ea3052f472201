/** A partner's server that fails, stalls or lies at any request: it costs time, and the end is the same as if it had not. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/remote/keygen.ts';
import type { Fault, FaultPlan, SftpRequest } from '../../src/sandbox/sftp-faults.ts';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { csv, rowsOf, sale } from '../support/sales.ts';

const name = 'Sales_20240611_153000.csv';
const ack = 'SalesAck_20240611_153000.csv';

let exchange: Exchange;
beforeEach(async () => {
  exchange = await startExchange({
    adjust: ({ partners }) => {
      partners.acme.deadlines = { connect: '2s', call: '300ms', close: '200ms' };
      partners.acme.retry = { attempts: 2, first: '10ms', most: '20ms' };
    },
  });
  await exchange.drop(name, csv([sale(1), sale(2)]));
});
afterEach(() => exchange.stop());

/** As many polls as it takes; more than four would mean that it does not come to an end. */
async function pollUntilFiled(): Promise<void> {
  for (let polls = 0; polls < 4 && !(await exchange.list('/processed')).includes(name); polls++)
    await exchange.poll();
}

const everything: SftpRequest[] = ['OPENDIR', 'READDIR', 'LSTAT', 'OPEN', 'READ', 'WRITE', 'CLOSE', 'RENAME'];
const badAnswers: Fault[] = [
  { answer: 'mute' },
  { answer: 'failure' },
  { answer: 'disconnect' },
  { answer: 'reply-lost' },
];
const everyFault = everything.flatMap((request) =>
  badAnswers.map((fault): [what: string, break_: (faults: FaultPlan) => void] => [
    `${request} meets ${fault.answer}`,
    (faults) => faults.next(request, fault),
  ]),
);

describe('one file comes to its right end', () => {
  it.each<[what: string, break_: (faults: FaultPlan) => void]>([
    ...everyFault,
    ['two connections are refused', (faults) => faults.refuseConnections(2)],
    ['the file ends too early', (faults) => faults.next('READ', { answer: 'eof' })],
    [
      'the file vanishes for a moment',
      (faults) => faults.next('LSTAT', { answer: 'failure', code: 2 }, { path: /^\/in\// }),
    ],
    [
      'the file has another size after reading',
      (faults) => faults.next('LSTAT', { answer: 'size', size: 7 }, { path: /^\/in\//, skip: 1 }),
    ],
    ['the answer is confirmed and thrown away', (faults) => faults.next('WRITE', { answer: 'drop-bytes' })],
    ['the quota is full for a while', (faults) => faults.next('WRITE', { answer: 'failure' }, { times: 2 })],
    [
      'a status that says nothing is given for the name of the answer',
      (faults) => faults.next('LSTAT', { answer: 'failure', code: 4 }, { path: /^\/out\// }),
    ],
  ])('although %s', async (what, break_) => {
    break_(exchange.rehearsal.sftp.faults);
    await pollUntilFiled();
    if (!what.includes('connections')) expect(exchange.rehearsal.sftp.faults.met.size).toBe(1);
    expect(await exchange.list('/in')).toEqual([]);
    expect(await exchange.list('/processed')).toEqual([name]);
    expect((await exchange.list('/out')).filter((each) => !each.startsWith('.'))).toEqual([ack]);
    expect(rowsOf(await exchange.read(`/out/${ack}`)).map((row) => row['Result'])).toEqual([
      'Accepted',
      'Accepted',
    ]);
    expect([...exchange.rehearsal.servify.effects.values()]).toEqual([1, 1]);
    expect(await readdir(join(exchange.folder, 'ledger', 'spool'))).toEqual([]);
  });
});

it('is told to a person once, however often it is tried while the quota is full', async () => {
  exchange.rehearsal.sftp.faults.next('WRITE', { answer: 'failure' }, { times: Number.POSITIVE_INFINITY });
  await exchange.poll();
  await exchange.poll();
  expect((await exchange.app.ledger.arrival(1))?.state).toBe('delivered');
  expect(exchange.rehearsal.mail.messages().map(({ subject }) => subject)).toEqual([
    'acme: Tidegate could not write the answer',
  ]);
  expect(exchange.rehearsal.mail.messages()[0]?.text).toContain('quota');
});

it('is asked to let us in once a poll, by a server that refuses the login', async () => {
  const { sftp, mail, configFolder } = exchange.rehearsal;
  await writeFile(join(configFolder, 'keys', 'sftp'), generateKeyPair('another').privateKey);
  await exchange.restart();
  for (const poll of [1, 2]) {
    expect((await exchange.poll()).waitsFor).toMatchObject({ code: 'REMOTE_AUTH', retry: 'never' });
    expect(sftp.refusedLogins).toBe(poll);
  }
  expect(mail.messages()).toHaveLength(1);
  expect(await exchange.list('/in')).toEqual([name]);
});
