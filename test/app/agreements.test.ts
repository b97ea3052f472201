import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { agreementsOf } from '../../src/app/agreements.ts';
import { TidegateErrors } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/load.ts';

/** Fails with the problems of the configuration. */
async function agreementWith(over: object, calendars: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const answered = {
    replies: [
      { name: 'Ack_{stamp}*.csv', outcome: { column: 'Result', accepted: ['OK*'], rejected: ['*'] } },
    ],
    match: { Id: ['Id', 'Number'] },
    within: '1d',
    ...over,
  };
  const feed = { partner: 'acme', dataType: 'Sales', mapping: 'm', schedule: '* * * * *', timeZone: 'UTC' };
  await writeFile(
    join(folder, 'tidegate.yaml'),
    stringify({
      calendars,
      partners: { acme: { protocol: 'local', root: 'acme' } },
      feeds: { sales: { ...feed, files: { layout: { dataType: 'Layout', folder: '/sent', answered } } } },
    }),
  );
  const config = await loadConfig(folder, {}).finally(() => rm(folder, { recursive: true }));
  const agreement = agreementsOf(config).get('sales/layout');
  if (!agreement) throw new Error('nothing is expected');
  return agreement;
}

const problemsOf = async (over: object): Promise<string> => {
  const error: unknown = await agreementWith(over).catch((thrown: unknown) => thrown);
  return error instanceof TidegateErrors ? error.message : 'no problem';
};

const berlin = { germany: { timeZone: 'Europe/Berlin', holidays: ['10-03'] } };
const at = (text: string): number => Date.parse(text);

describe('a term', () => {
  it.each([
    [
      '4 business hours, over a weekend and a change of the clock',
      '4 business hours',
      '2024-03-29T15:00:00+01:00',
      '2024-04-01T11:00:00+02:00',
    ],
    [
      'one business day, over a holiday',
      '1 business day',
      '2024-10-02T10:00:00+02:00',
      '2024-10-04T10:00:00+02:00',
    ],
    ['6h on the clock, whatever day it is', '6h', '2024-03-30T22:00:00+01:00', '2024-03-31T05:00:00+02:00'],
  ])('of %s ends as the calendar says', async (_, within, sent, due) => {
    const { dueAt, warnAt } = await agreementWith({ within, calendar: 'germany' }, berlin);
    expect(new Date(dueAt(at(sent)))).toEqual(new Date(at(due)));
    expect(warnAt(at(sent))).toBeNull();
  });

  it('has a warning of its own', async () => {
    const { warnAt } = await agreementWith({ warnAfter: '90m' });
    expect(warnAt(0)).toBe(90 * 60_000);
  });
});

describe('names of replies', () => {
  it('tell the stamp, and take what stands for anything', async () => {
    const { replies } = await agreementWith({});
    const parse = (name: string) => replies[0]?.parseName(name);
    expect(parse('Ack_20240611_153000.csv')).toEqual({ stamp: '20240611_153000', split: null });
    expect(parse('ack_20240611_S01.CSV')).toEqual({ stamp: '20240611', split: null });
    expect(parse('Ack_2024.csv')).toBeNull();
    expect(parse('Ack_20240611_153000.csv.part')).toBeNull();
    expect(parse('xAck_20240611_153000.csv')).toBeNull();
  });

  it('tell the value that splits the file', async () => {
    const replies = [{ name: 'Ack-{split}_{stamp}.csv', outcome: 'accepted' }];
    const [kind] = (await agreementWith({ replies })).replies;
    expect(kind?.parseName('Ack-DE_20240611.csv')).toEqual({ stamp: '20240611', split: 'DE' });
  });
});

describe('what cannot be kept is refused', () => {
  it.each([
    ['business hours without a calendar', { within: '4 business hours' }, 'which hours are business hours'],
    ['a calendar that is not there', { calendar: 'mars' }, 'no calendar named mars'],
    ['a report to nobody', { report: { partner: 'nobody', folder: '/x' } }, 'no partner named nobody'],
    ['a move to nowhere', { takeAway: { how: 'move' } }, 'not where to'],
    ['a warning after the term', { within: '90m', warnAfter: '2h' }, 'before the answer is overdue'],
    ['a warning at its end', { within: '1d', warnAfter: '24h' }, 'before the answer is overdue'],
    ['a term of nothing', { within: '0h' }, 'a term such as'],
  ])('%s', async (_, over, problem) => {
    expect(await problemsOf(over)).toContain(problem);
  });

  it.each([
    ['1 business day', '9 business hours'],
    ['2 business hours', '2 business hours'],
    ['2h', '3 business hours'],
  ])('a warning that is not before %s: %s', async (within, warnAfter) => {
    const late = agreementWith({ within, warnAfter, calendar: 'germany' }, berlin);
    await expect(late).rejects.toThrow(TidegateErrors);
  });

  it.each([
    ['2 business days', '9 business hours'],
    ['4 business hours', '2h'],
    ['2 business hours', '1d'],
  ])('no warning that may be before %s: %s', async (within, warnAfter) => {
    const { warnAt } = await agreementWith({ within, warnAfter, calendar: 'germany' }, berlin);
    expect(warnAt(0)).not.toBeNull();
  });
});
