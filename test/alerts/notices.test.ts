import { describe, expect, it } from 'vitest';
import {
  fileRefused,
  type NotedArrival,
  type OpenQuestion,
  rowsParked,
  rowsRejected,
} from '../../src/alerts/arrival-notices.ts';
import { unexpectedEntry } from '../../src/alerts/folder-notices.ts';
import {
  cannotStart,
  storageFailure,
  targetTrouble,
  transferFailure,
} from '../../src/alerts/trouble-notices.ts';
import { TidegateError } from '../../src/base/errors.ts';

const now = Date.UTC(2024, 5, 11, 9, 42);
const arrival: NotedArrival = {
  id: 12,
  name: 'Sales_20240611.csv',
  partner: 'acme',
  feed: 'acme-sales',
  problem: null,
  round: 0,
  claimedAt: now,
  counts: { rows: 40, pending: 0, accepted: 36, rejected: 3, duplicate: 0, parked: 1 },
};
const whereabouts = {
  answers: ['/out/SalesAck_20240611.csv'],
  rejects: null,
  source: '/processed/Sales_20240611.csv',
};

const question = (line: number, changes: Partial<OpenQuestion> = {}): OpenQuestion => ({
  ...{ arrival: 12, line, code: 'PARKED', repeats: 0, ...changes },
});

describe('notices', () => {
  it('say of a refused file why, where, what was expected, what to do and where things lie', () => {
    const problem = {
      code: 'FILE_STRUCTURE',
      message: 'a quote is never closed',
      line: 3,
      column: 7,
      expected: 'a closing quote',
      fix: 'Close it.',
    };
    const notice = fileRefused(
      { ...arrival, problem },
      { ...whereabouts, source: '/errored/Sales_20240611.csv' },
    );
    expect(notice).toMatchObject({
      key: 'arrival:12:refused',
      kind: 'preparation-failure',
      partner: 'acme',
      arrival: 12,
    });
    expect(notice.subject).toBe('acme: Sales_20240611.csv was refused as a whole');
    expect(notice.body).toBe(`The file was refused as a whole. No call was made for any of its rows.

Partner   acme
Feed      acme-sales
File      Sales_20240611.csv (arrival 12)
Received  2024-06-11 09:42 UTC
Reason    FILE_STRUCTURE: a quote is never closed
Place     line 3, column 7
Expected  a closing quote
Fix       Close it.

What happens next:
  The partner is answered with /out/SalesAck_20240611.csv.
  The source goes to /errored/Sales_20240611.csv.
  The partner corrects the file and sends it again; nothing needs to be done here.

To look closer:
  tidegate show 12
`);
  });

  it('count the rejected rows and show the first errors by line, column and rule', () => {
    const troubles = Array.from({ length: 14 }, (_, index) => ({
      line: index + 2,
      column: 'Sold On',
      rule: 'date as YYYY-MM-DD',
    }));
    const notice = rowsRejected(arrival, troubles, whereabouts, false);
    expect(notice.subject).toBe('acme: Sales_20240611.csv has 3 rejected rows of 40');
    expect(notice.body).toContain('Rows      40: 36 accepted, 3 rejected, 0 duplicate, 1 parked');
    expect(notice.body).toContain('First errors:\n  line 2, Sold On: date as YYYY-MM-DD\n');
    expect(notice.body.match(/date as/g)).toHaveLength(10);
  });

  it('ask for a decision about parked rows', () => {
    const notice = rowsParked(arrival, [question(9)], whereabouts);
    expect(notice).toMatchObject({ key: 'arrival:12:parked', kind: 'rows-parked' });
    expect(notice.subject).toContain('1 parked row of 40: please decide');
    expect(notice.body).toContain('To be decided, by arrival and line:\n  12:9: PARKED\n');
    expect(notice.body).toContain('  tidegate resolve 12:9 --accepted|--rejected|--resend --because "…"\n');
    expect(notice.body).toContain('tidegate show 12');
  });

  it('ask once about a row that others only repeat, whatever file it stands in', () => {
    const questions = [question(9, { repeats: 1 }), question(4, { arrival: 7, repeats: 3 })];
    const { body } = rowsParked(arrival, questions, whereabouts);
    expect(body).toContain('  12:9: PARKED; 1 row of this file repeats it, with nothing to decide\n');
    expect(body).toContain(
      '  7:4 of another file: PARKED; 3 rows of this file repeat it, with nothing to decide\n',
    );
    expect(body.match(/tidegate resolve/g)).toHaveLength(1);
  });

  it('give one outage of a partner one cause, whatever the file, the time and the way it shows', () => {
    const error = new TidegateError('REMOTE_UNREACHABLE', 'nobody answers', {
      retry: 'later',
      fix: 'Ask the partner.',
    });
    const trouble = { partner: 'acme', feed: 'acme-sales', what: 'connect to the server', error };
    const first = transferFailure({ ...trouble, arrival: null, now });
    const mute = new TidegateError('REMOTE_DEADLINE', 'no answer', { retry: 'later' });
    const later = transferFailure({ ...trouble, error: mute, arrival, now: now + 3_600_000 });
    expect(first).toMatchObject({ key: null, cause: 'partner:acme:REMOTE_UNREACHABLE', feed: 'acme-sales' });
    expect(later.cause).toBe(first.cause);
    expect(first.body).toContain('Reason    REMOTE_UNREACHABLE: nobody answers');
    expect(first.body).toContain('It is tried again at the next poll');
  });

  it('tell too many rejected rows from a few, which open no incident', () => {
    expect(rowsRejected(arrival, [], whereabouts, false).cause).toBeNull();
    expect(rowsRejected(arrival, [], whereabouts, true).cause).toBe('files:acme:acme-sales:rejected');
  });

  it('say of a target that refuses us that a person must act, and of one that is down that the file waits', () => {
    const trouble = { target: 'servify', partner: 'acme', feed: 'acme-sales', arrival, now };
    const refused = targetTrouble({
      ...trouble,
      error: new TidegateError('TARGET_REFUSES', 'the signature is wrong'),
    });
    const down = targetTrouble({
      ...trouble,
      error: new TidegateError('TARGET_DOWN', 'no answer', { retry: 'later' }),
    });
    expect(refused.subject).toBe('servify refuses our calls');
    expect(refused.body).toContain('will hardly succeed until something is changed');
    expect(refused.body).toContain('tidegate check');
    expect(down.subject).toBe('servify does not take calls now');
    const failed = targetTrouble({ ...trouble, error: new TidegateError('CALL_FAILED', 'refused') });
    expect([down, failed, refused].map(({ cause, kind }) => [cause, kind])).toEqual([
      ['target:servify:down', 'target-down'],
      ['target:servify:down', 'target-down'],
      ['target:servify:refuses', 'target-refuses'],
    ]);
  });

  it.each([
    ['LEDGER_FAILED', 'Tidegate cannot use its ledger'],
    ['SPOOL_FAILED', 'Tidegate cannot use its spool'],
  ] as const)('call trouble of our own by its name: %s', (code, subject) => {
    const error = new TidegateError(code, 'the disk is full', { retry: 'later' });
    const notice = storageFailure({ partner: 'acme', feed: 'f', arrival, error, now });
    expect(notice).toMatchObject({ kind: 'storage-failure', subject });
    expect(notice.body).toContain(`Reason    ${code}: the disk is full`);
    expect(notice.body).toContain('tidegate check');
  });

  it('say of trouble that lets nothing start that somebody has to start it again', () => {
    const error = new TidegateError('LEDGER_FAILED', 'the disk is read-only', { fix: 'Mount it.' });
    const notice = cannotStart(error, now);
    expect(notice).toMatchObject({
      key: 'start:LEDGER_FAILED:2024-06-11T09',
      partner: null,
      subject: 'Tidegate cannot use its ledger and did not start',
    });
    expect(notice.body).toContain('Reason    LEDGER_FAILED: the disk is read-only\n');
    expect(notice.body).toContain('Fix       Mount it.\n');
    expect(notice.body).toContain('start it when the reason is gone');
  });

  it('keep the text of unknown errors out of mails', () => {
    const error = new Error('canary@example.com');
    const notice = transferFailure({
      partner: 'acme',
      feed: 'f',
      arrival: null,
      what: 'read a file',
      error,
      now,
    });
    expect(notice.subject + notice.body).not.toContain('canary');
  });

  it('let no file name lay out the mail', () => {
    const name = 'x\n\nWhat happens next:\n  Pay us.\u202E\u0007';
    const notice = unexpectedEntry({
      partner: 'acme',
      folder: '/in',
      name,
      kind: 'file',
      example: 'Sales_20240611.csv',
    });
    expect(notice.subject).toBe('acme: x What happens next: Pay us. in /in is left alone');
    expect(notice.body.match(/^What happens next:$/gm)).toHaveLength(1);
    expect(notice.body).not.toMatch(/[\u202E\u0007]/);
  });

  it.each([
    ['folder', 'A folder lies in /in.'],
    ['other', 'A link or special file lies in /in.'],
  ] as const)('tell a %s from a file', (kind, happened) => {
    const notice = unexpectedEntry({
      partner: 'acme',
      folder: '/in',
      name: 'x',
      kind,
      example: 'Sales_20240611.csv',
    });
    expect(notice.body).toContain(happened);
  });
});
