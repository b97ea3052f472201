import { describe, expect, it } from 'vitest';
import { answersIn, coursesOf, type Found } from '../../torture/answers.ts';
import { hashOf, header, type SentFile, type SentRow } from '../../torture/files.ts';
import { countsOf, type Folders, judgeEnd, judgeMoment } from '../../torture/judge.ts';
import type { Offence, Violation } from '../../torture/offence.ts';
import { actOf, type Decision } from '../../torture/person.ts';
import { createRandom } from '../../torture/random.ts';
import { judgeTold } from '../../torture/told.ts';

const found = (name: string, content: string): Found => ({ name, bytes: Buffer.from(content) });
const stamp = '20240611_100000';

function fileOf(rows: readonly Omit<SentRow, 'line' | 'fields'>[]): SentFile {
  const content = JSON.stringify(rows);
  return {
    ...{ name: `Sales_${stamp}.csv`, stamp, content, sha256: hashOf(content), refused: false, repeats: null },
    rows: rows.map((row, index) => ({ ...row, line: index + 2, fields: {} })),
  };
}

/** Line 2 is accepted, 3 rejected, 4 parked. */
const file = fileOf([
  { contract: 'A', action: 'New Sales', wish: 'accepted', effect: 'Contract/createContract A' },
  { contract: 'B', action: 'New Sales', wish: 'rejected', effect: 'Contract/createContract B' },
  { contract: 'C', action: 'Payment', wish: 'accepted', effect: 'Contract/createTransaction C' },
]);
const held = 'Held for a decision; a person looks at it';

/** @param said code and result of lines, by number */
function answer(said: Readonly<Record<number, readonly [code: string, result: string]>>): string {
  const lines = file.rows.flatMap(({ line, contract, action }) => {
    const [code, result] = said[line] ?? [];
    return result === undefined ? [] : [[line, contract, action, code, '', `"${result}"`].join(',')];
  });
  return [
    'Line,External Contract ID,Action Type,Status Code,Created Sold Plan Code,Result',
    ...lines,
    '',
  ].join('\r\n');
}

const rejects = `${header.join(',')}\r\n${header.map(() => '').join(',')}\r\n`;
const first = answer({ 2: ['', 'Accepted'], 3: ['INVALID_ROW', 'Rejected'], 4: ['PARKED', held] });

const answered = (supplements: Readonly<Record<string, string>> = {}): Folders => ({
  in: [],
  out: [
    found(`SalesAck_${stamp}.csv`, first),
    found(`SalesRejects_${stamp}.csv`, rejects),
    ...Object.entries(supplements).map(([name, content]) => found(`${name}.csv`, content)),
  ],
  processed: [found(file.name, file.content)],
  errored: [],
});

const decided = (what: Decision['what'], lines = [4], round = 1): Decision => ({
  ...{ sha256: file.sha256, round, lines, what },
});

const offences = (violations: readonly Violation[]): Offence[] => violations.map(({ offence }) => offence);
const judged = (folders: Folders, decisions: readonly Decision[], payments: number): Offence[] => {
  const effects: [string, number][] = [['Contract/createContract A', 1]];
  if (payments > 0) effects.push(['Contract/createTransaction C', payments]);
  return offences(judgeEnd([file], folders, new Map(effects), decisions));
};

const ack = (round: string): string => `SalesAck_${stamp}_${round}`;
const accepted = answer({ 4: ['DECIDED', 'Accepted'] });

describe('the judge of rounds', () => {
  it('takes the last word on each line, and finds nothing where all is well', () => {
    const folders = answered({
      [ack('S01')]: answer({ 3: ['INVALID_ROW', 'Rejected'], 4: ['PARKED', held] }),
      [`SalesRejects_${stamp}_S01`]: rejects,
      [ack('S02')]: accepted,
    });
    const decisions = [decided('retry', [3, 4]), decided('accepted', [4], 2)];
    expect(judged(folders, decisions, 1)).toEqual([]);
    expect(countsOf(coursesOf(answersIn(folders.out, [file])))).toMatchObject({
      ...{ rows: 3, accepted: 2, rejected: 1, parked: 0 },
    });
  });

  it('finds a word that the effects do not bear out', () => {
    const supplement = (result: string) => answered({ [ack('S01')]: answer({ 4: ['DECIDED', result] }) });
    expect(judged(supplement('Accepted'), [decided('accepted')], 0)).toEqual(['lost']);
    const rejected = answered({
      [ack('S01')]: answer({ 4: ['DECIDED', 'Rejected'] }),
      [`SalesRejects_${stamp}_S01`]: rejects,
    });
    expect(judged(rejected, [decided('rejected')], 0)).toEqual([]);
    expect(judged(rejected, [decided('rejected')], 1)).toEqual(['wrong']);
  });

  it('finds an effect that was given twice over the rounds, also after a person had it sent again', () => {
    const folders = answered({ [ack('S01')]: answer({ 4: ['', 'Accepted'] }) });
    expect(judged(folders, [decided('resend')], 1)).toEqual([]);
    expect(judged(folders, [decided('resend')], 2)).toEqual(['duplicated']);
  });

  it('finds a decision that was not told of, or not in full', () => {
    expect(judged(answered(), [decided('accepted')], 1)).toEqual(['lost']);
    const short = answered({ [ack('S01')]: accepted });
    expect(judged(short, [decided('retry', [3, 4])], 1)).toContain('lost');
    expect(offences(judgeMoment([file], short, new Map(), [decided('retry', [3, 4])]))).toEqual(['partial']);
    expect(offences(judgeMoment([file], answered(), new Map(), [decided('accepted')]))).toEqual([]);
  });

  it('finds a decision that nobody took', () => {
    expect(judged(answered({ [ack('S01')]: accepted }), [], 1)).toEqual(['wrong', 'wrong']);
  });

  it('finds a line taken up again that was accepted', () => {
    const again = answered({ [ack('S01')]: answer({ 2: ['', 'Accepted'], 4: ['', 'Accepted'] }) });
    expect(judged(again, [decided('retry')], 1)).toEqual(['duplicated']);
  });

  it('finds a gap in the numbers, and a supplement that is written twice', () => {
    expect(judged(answered({ [ack('S02')]: accepted }), [decided('accepted', [4], 2)], 1)).toEqual(['lost']);
    const twice = answered({ [ack('S01')]: accepted, [ack('S01-2')]: accepted });
    expect(judged(twice, [decided('accepted')], 1)).toEqual(['duplicated']);
  });

  it.each([
    ['cut off within a line', accepted.slice(0, -3)],
    ['without a line', answer({})],
    ['without an outcome', answer({ 4: ['', ''] })],
    ['of a line that nobody sent', accepted.replace('4,C', '9,C')],
  ])('finds a supplement that is %s', (_what, content) => {
    expect(offences(judgeMoment([file], answered({ [ack('S01')]: content }), new Map()))).toEqual([
      'partial',
    ]);
  });

  it('finds a first answer that a later round has changed', () => {
    const seen = new Map([[`SalesAck_${stamp}.csv`, hashOf('another')]]);
    expect(offences(judgeMoment([file], answered(), seen))).toEqual(['changed']);
  });

  it('finds what nobody was told of a round', () => {
    const folders = answered({ [ack('S01')]: answer({ 4: ['PARKED', held] }) });
    const courses = coursesOf(answersIn(folders.out, [file]));
    const mail = (rest: string) => ({ subject: `acme: ${file.name} has ${rest}`, messageId: rest });
    const ofFirst = [mail('1 rejected row of 3'), mail('1 parked row of 3: please decide')];
    expect(offences(judgeTold(courses, ofFirst))).toEqual(['untold']);
    const ofRound = mail('1 parked row of 1 worked off again (supplement 1): please decide');
    expect(judgeTold(courses, [...ofFirst, ofRound])).toEqual([]);
  });
});

describe('the person', () => {
  const courses = coursesOf(answersIn(answered().out, [file]));
  const arrivals = [{ id: 7, sha256: file.sha256, repeatOf: null }];
  const acts = (prefers: 'resolve' | 'retry', effects = new Map<string, number>()) =>
    Array.from({ length: 20 }, (_, n) => actOf(prefers, createRandom(n), courses, arrivals, effects));

  it('says of a parked row what the API has shown', () => {
    const done = acts('resolve', new Map([['Contract/createTransaction C', 1]]));
    expect(new Set(done.map((act) => act?.args.slice(0, 3).join(' ')))).toEqual(
      new Set(['resolve 7:4 --accepted']),
    );
    const undone = acts('resolve');
    expect(new Set(undone.map((act) => act?.decision.what))).toEqual(new Set(['rejected', 'resend']));
  });

  it('has rejected and parked rows worked off again', () => {
    const args = new Set(acts('retry').map((act) => act?.args.slice(0, 3).join(' ')));
    expect(args).toEqual(new Set(['retry 7 --rejected', 'retry 7 --parked', 'retry 7 --because']));
    expect(acts('retry').every((act) => act?.decision.round === 1)).toBe(true);
  });

  it('has nothing to do where everything was accepted', () => {
    expect(actOf('retry', createRandom(1), [], arrivals, new Map())).toBeNull();
  });
});
