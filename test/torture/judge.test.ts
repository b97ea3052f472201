import { describe, expect, it } from 'vitest';
import { answersIn, type Course, coursesOf, type Found } from '../../torture/answers.ts';
import { cellsOf, type Existing, filesOf, header, type SentFile, type SentRow } from '../../torture/files.ts';
import { type Folders, judgeEnd, judgeLeftOvers, judgeMoment } from '../../torture/judge.ts';
import { leaksIn } from '../../torture/observe.ts';
import type { Offence, Violation } from '../../torture/offence.ts';
import { judgeContracts } from '../../torture/outcomes.ts';
import { createRandom } from '../../torture/random.ts';
import { judgeTold } from '../../torture/told.ts';
import { canary, personal } from '../support/canaries.ts';

const existing: Existing[] = [];
/** A file whose first line is a sale that is right. */
const [file] = filesOf(createRandom('judge'), existing) as [SentFile];
const stamp = file.stamp;
const answerHeader =
  'Line,External Contract ID,Action Type,Status Code,Message,Created Sold Plan Code,Result';

const found = (name: string, content: string): Found => ({ name, bytes: Buffer.from(content) });

/** The answer that the product should give: every line as it was wished for. */
function answerTo(
  sent: SentFile,
  change: (result: string, line: number) => string = (result) => result,
): string {
  const done = new Set<string>();
  const lines = sent.rows.map(({ line, contract, action, wish, effect }) => {
    const wished =
      wish === 'rejected'
        ? 'Rejected'
        : done.has(effect)
          ? 'Duplicate of line 2 in it, which was accepted; nothing was done again'
          : 'Accepted';
    done.add(effect);
    return [line, contract, action, '', '', `S${contract}`, `"${change(wished, line)}"`].join(',');
  });
  return `${[answerHeader, ...lines].join('\r\n')}\r\n`;
}

const rejectsOf = (sent: SentFile): string =>
  [header, ...sent.rows.filter(({ wish }) => wish === 'rejected').map(cellsOf)]
    .map((cells) => `${cells.map((cell) => `"${cell}"`).join(',')}\r\n`)
    .join('');

const answered = (content = answerTo(file)): Folders => ({
  in: [],
  out: [
    found(`SalesAck_${stamp}.csv`, content),
    ...(file.rows.some(({ wish }) => wish === 'rejected')
      ? [found(`SalesRejects_${stamp}.csv`, rejectsOf(file))]
      : []),
  ],
  processed: [found(file.name, file.content)],
  errored: [],
});

const coursesIn = ({ out }: Folders): Course[] => coursesOf(answersIn(out, [file]));

const effects = new Map(file.rows.flatMap(({ wish, effect }) => (wish === 'accepted' ? [[effect, 1]] : [])));
const [first] = file.rows;
const firstEffect = first?.effect ?? '';

const offences = (violations: readonly Violation[]): Offence[] => violations.map(({ offence }) => offence);
const atEnd = (folders: Folders, done: ReadonlyMap<string, number> = effects): Offence[] =>
  offences(judgeEnd([file], folders, done));
const now = (folders: Folders, seen = new Map<string, string>()): Offence[] =>
  offences(judgeMoment([file], folders, seen));

describe('the judge', () => {
  it('finds nothing where all is well', () => {
    expect(atEnd(answered())).toEqual([]);
    expect(now(answered())).toEqual([]);
  });

  it('lets an unfinished file lie, and hidden uploads too', () => {
    const unfinished = [found('.SalesAck.part', 'Line,Ext')];
    expect(
      now({ in: [found(file.name, file.content)], out: unfinished, processed: [], errored: [] }),
    ).toEqual([]);
  });

  it.each([
    ['cut off within a line', answerTo(file).slice(0, -3)],
    ['cut off after a line', answerTo(file).split('\r\n').slice(0, -2).join('\r\n').concat('\r\n')],
    ['empty', ''],
    ['of zeros', '\0'.repeat(900)],
    ['without an outcome for a line', answerTo(file, (result, line) => (line === 2 ? '' : result))],
  ])('finds an answer that is %s', (_what, content) => {
    expect(now(answered(content))).toContain('partial');
  });

  it('finds a source that is gone before its answer is there', () => {
    expect(now({ ...answered(), out: [] })).toEqual(['lost']);
  });

  it('finds an answer that is changed or taken back', () => {
    const seen = new Map([[`SalesAck_${stamp}.csv`, 'another hash']]);
    expect(now(answered(), seen)).toEqual(['changed']);
    expect(now({ ...answered(), in: [found(file.name, file.content)], out: [] }, seen)).toEqual(['changed']);
  });

  it('finds an effect that did not happen, happened twice, or that nobody asked for', () => {
    const without = new Map([...effects].filter(([effect]) => effect !== firstEffect));
    expect(atEnd(answered(), without)).toEqual(['lost']);
    expect(atEnd(answered(), new Map([...effects, [firstEffect, 2]]))).toEqual(['duplicated']);
    expect(atEnd(answered(), new Map([...effects, ['Contract/createContract X', 1]]))).toEqual(['wrong']);
  });

  it('finds a line that is right and was rejected, and one that took effect all the same', () => {
    const content = answerTo(file, (result, line) => (line === 2 ? 'Rejected' : result));
    expect(atEnd(answered(content))).toEqual(expect.arrayContaining(['lost', 'wrong']));
  });

  it('takes a parked line for one that may or may not have had its effect, once at most', () => {
    const content = answerTo(file, (result, line) => (line === 2 ? 'Held for a decision; wait' : result));
    const without = new Map([...effects].filter(([effect]) => effect !== firstEffect));
    expect(atEnd(answered(content))).toEqual([]);
    expect(atEnd(answered(content), without)).toEqual([]);
    expect(atEnd(answered(content), new Map([...effects, [firstEffect, 2]]))).toEqual(['duplicated']);
  });

  it('finds a source that still lies there, is filed twice, changed or not at all', () => {
    const { processed } = answered();
    expect(atEnd({ ...answered(), in: processed })).toEqual(['lost']);
    expect(atEnd({ ...answered(), errored: processed })).toEqual(['duplicated']);
    expect(atEnd({ ...answered(), processed: [] })).toEqual(['lost']);
    expect(atEnd({ ...answered(), processed: [found(file.name, 'x')] }).toSorted()).toEqual([
      'duplicated',
      'lost',
    ]);
  });

  it('finds a second answer', () => {
    const { out } = answered();
    const again = [
      found(`SalesAck_${stamp}-2.csv`, answerTo(file)),
      found(`SalesRejects_${stamp}-2.csv`, rejectsOf(file)),
    ];
    expect(atEnd({ ...answered(), out: [...out, ...again] })).toEqual(['duplicated']);
  });

  describe('of a rejects file', () => {
    const lines = rejectsOf(file).split('\r\n').slice(0, -1);
    const [columnNames, one] = lines as [string, string];
    const given = (rejects: readonly string[]): Folders => {
      const [answer] = answered().out as [Found];
      return {
        ...answered(),
        out: [answer, found(`SalesRejects_${stamp}.csv`, `${rejects.join('\r\n')}\r\n`)],
      };
    };

    it('finds a line missing', () => {
      expect(now(given(lines))).toEqual([]);
      expect(atEnd(given(lines.slice(0, -1)))).toEqual(['lost', 'wrong']);
      const [answer] = answered().out as [Found];
      expect(now({ ...answered(), out: [answer] })).toEqual(['lost']);
      expect(atEnd({ ...answered(), out: [answer] })).toEqual(['lost']);
    });

    it.each([
      [
        'of a line that was accepted',
        [columnNames, cellsOf(first as SentRow).join(','), ...lines.slice(1)],
        ['lost'],
      ],
      ['of lines in another order', [columnNames, ...lines.slice(1).toReversed()], ['partial', 'lost']],
      ['of a line that comes twice', [columnNames, one, one, ...lines.slice(2)], ['partial', 'lost']],
      ['of a value that was not sent', [...lines.slice(0, -1), one.replace('IN', 'US')], ['partial', 'lost']],
      ['of other columns', [columnNames.replace('City', 'Town'), ...lines.slice(1)], ['partial', 'lost']],
    ])('finds one %s', (_what, rejects, atOnce) => {
      expect(now(given(rejects))).toEqual(atOnce);
      expect(atEnd(given(rejects))).toContain('lost');
    });

    it('finds one that belongs to no answer, or was changed', () => {
      const again = found(`SalesRejects_${stamp}-2.csv`, rejectsOf(file));
      expect(atEnd({ ...answered(), out: [...answered().out, again] })).toEqual(['wrong']);
      expect(now(answered(), new Map([[`SalesRejects_${stamp}.csv`, 'another hash']]))).toEqual(['changed']);
    });
  });

  it('finds an answer that names the contract of another', () => {
    const answers = coursesIn(answered());
    const contracts = new Map(
      file.rows.map(({ contract }) => [`S${contract}`, { externalReferenceId: contract, details: {} }]),
    );
    expect(judgeContracts(answers, contracts)).toEqual([]);
    contracts.set(`S${first?.contract}`, { externalReferenceId: 'another', details: {} });
    expect(offences(judgeContracts(answers, contracts))).toEqual(['wrong']);
  });

  it('finds what was left behind, but not our mark', () => {
    const folders = { ...answered(), in: [found('.tidegate-0123abcd', '')] };
    expect(judgeLeftOvers(folders, [])).toEqual([]);
    expect(
      judgeLeftOvers({ ...folders, out: [found('.x.part', '')] }, [found('arrival-1.source', '')]),
    ).toHaveLength(2);
  });

  it('finds what nobody was told, or was told under two ids', () => {
    const parked = coursesIn(answered(answerTo(file, () => 'Held for a decision')));
    const mail = (messageId: string) => ({
      subject: `acme: ${file.name} has ${file.rows.length} parked rows of ${file.rows.length}: please decide`,
      messageId,
    });
    expect(offences(judgeTold(parked, []))).toEqual(['untold']);
    expect(judgeTold(parked, [mail('<1>'), mail('<1>')])).toEqual([]);
    expect(offences(judgeTold(parked, [mail('<1>'), mail('<2>')]))).toEqual(['duplicated']);
  });

  it('finds secrets everywhere, and personal data where it does not belong', () => {
    const mail = {
      messageId: '',
      subject: '',
      text: '',
      recipients: [],
      to: '',
      from: '',
      secure: false,
      user: null,
    };
    const secrets = [canary('a secret', 's3cret-s3cret')];
    const quiet = {
      outputs: ['{"level":30}'],
      mails: [],
      folders: answered(),
      ledger: [found('ledger.db', personal.name)],
    };
    expect(leaksIn(quiet, secrets)).toEqual([]);
    expect(leaksIn({ ...quiet, ledger: [found('ledger.db-wal', 'as3cret-s3cretb')] }, secrets)).toHaveLength(
      1,
    );
    expect(leaksIn({ ...quiet, outputs: [personal.name] }, secrets)).toHaveLength(1);
    const told = { ...mail, raw: `${personal.name} s3cret-s3cret` };
    expect(leaksIn({ ...quiet, mails: [told] }, secrets)).toHaveLength(2);
  });
});
