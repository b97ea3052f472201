import { describe, expect, it } from 'vitest';
import { runMappingTests } from '../../src/mapping/test-file.ts';
import { answered, load, mapRow, minimal, problemsOf } from './fixtures.ts';

const files = `
    files:
      parcels:
        columns:
          Number: { column: Id }
          Note: { column: Note }
          Quoted: { read: quote, path: price }
          Booked As: { answer: booking.id }
          Said: { answer: $message }
          Source: { value: shop }
        split: { column: Note }
        when: { column: Note, is: [de, us] }
        namedIn: File
`;
const quote = `
    reads:
      quote:
        operation: Order/quote
        request: { id: { column: Id } }
`;
const withCall = minimal
  .replace('      note: { column: Note }\n', `      note: { column: Note }${quote}${files}`)
  .replace('columns: [Code, Message]', 'columns: [Code, Message, File]');

const alone = `columns:
  Id: { type: code, required: true }
  Country: { type: country }
  Price: { type: decimal, places: 2 }
order: Id
actions:
  Ship:
    reference: Id
    files:
      ships:
        columns: { Id: { column: Id }, Price: { column: Price } }
        split: { column: Country }
acknowledgement: { keys: [Id], columns: [Code] }
`;

describe('lines of outbound files', () => {
  it('are planned with the row, and completed by what reads and the call tell', async () => {
    const mapping = await load(withCall);
    const { plan } = mapRow(mapping, { Id: 'A1', Action: 'Create', Note: 'us' });
    const cells = { Number: 'A1', Note: 'us', Source: 'shop' };
    expect(plan?.lines).toEqual([{ file: 'parcels', split: 'us', cells, namedIn: 'File' }]);

    const file = mapping.actions.get('Create')?.files.get('parcels');
    const [line] = plan?.lines ?? [];
    if (!file || !line) throw new Error('there is no line');
    const known = file.withReads(line, { quote: { price: 12.5 } });
    expect(known.cells).toEqual({ ...cells, Quoted: '12.5' });
    const whole = file.withAnswer(known, answered({ booking: { id: 7 } }, { message: 'ok' }));
    expect(whole.cells).toEqual({ ...cells, Quoted: '12.5', 'Booked As': '7', Said: 'ok' });
    expect(file.withAnswer(known, null)).toEqual(known);
    const broken = answered({ booking: { id: '7\u0000' } }, { message: ' not\r\nnow ' });
    expect(file.withAnswer(known, broken).cells).toMatchObject({ 'Booked As': '7', Said: 'not now' });
    expect(mapping.files.get('parcels')).toMatchObject({
      columns: ['Number', 'Note', 'Quoted', 'Booked As', 'Said', 'Source'],
      splits: true,
    });
  });

  it('are none where the row does not belong into the file, and then the plan is as it ever was', async () => {
    const mapping = await load(withCall);
    const { plan } = mapRow(mapping, { Id: 'A1', Action: 'Create', Note: 'fr' });
    expect(Object.keys(plan ?? {})).toEqual(['request', 'reads']);
  });

  it('need no operation, keep money as it is written, and are named by a reference', async () => {
    const mapping = await load(alone);
    expect(mapping.system).toBeNull();
    const { plan, violations } = mapRow(mapping, { Id: 'A1', Country: 'us', Price: '1200.50' });
    expect(violations).toEqual([]);
    expect(plan?.lines).toEqual([{ file: 'ships', split: 'US', cells: { Id: 'A1', Price: '1200.50' } }]);
    const action = mapping.actions.get('Ship');
    expect(action?.calls).toBe(false);
    expect(plan && action?.operation.reference(action.identity(plan))).toBe('A1');
  });

  it('refuse a row whose value cannot say into which file it goes', async () => {
    const mapping = await load(alone.replace('Country: { type: country }', 'Country: { type: text }'));
    const ruleFor = (country: string) => mapRow(mapping, { Id: 'A1', Country: country }).violations[0]?.rule;
    expect(ruleFor('')).toContain('says into which file the line goes');
    for (const hostile of ['../x', 'a/b', '=cmd', '.x', 'ä', 'x'.repeat(41)])
      expect(ruleFor(hostile)).toContain('letters, digits, hyphens');
  });

  it('refuse a row of an action without a call that belongs into no file', async () => {
    const mapping = await load(alone.replace('split:', 'when: { column: Price }\n        split:'));
    const { violations, plan } = mapRow(mapping, { Id: 'A1', Country: 'US' });
    expect(plan).toBeNull();
    expect(violations[0]?.rule).toContain('into no file');
  });
});

it('the layout that ships does what its tests say', async () => {
  const { passed, failed } = await runMappingTests('mappings/contract-layout.yaml', new Map());
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(3);
});

describe('a mapping with files is refused', () => {
  it.each([
    ['an action that does nothing', 'files:', 'fles:', '"fles" is not known here'],
    ['a reference that may be empty', 'reference: Id', 'reference: Country', '"Country" may be empty'],
    ['an answer where nothing is called', '{ column: Price }', '{ answer: id }', 'makes no call'],
    ['a read that is not made', '{ column: Price }', '{ read: quote, path: x }', 'no read "quote"'],
    [
      'a column that is not there',
      'Price: { column: Price }',
      'Price: { column: Prize }',
      'no column "Prize"',
    ],
    ['a number as a constant', 'Price: { column: Price }', 'Price: { value: 5 }', 'does not take this value'],
    ['an operation without a system', 'reference: Id', 'operation: Order/create', 'names no system'],
  ])('for %s', async (_, from, to, problem) => {
    expect((await problemsOf(alone.replace(from, to))).join('\n')).toContain(problem);
  });

  it('when two actions lay the same file out in different ways', async () => {
    const two = alone
      .replace('order: Id', 'route: { column: Country }\norder: Id')
      .replace(
        'acknowledgement',
        '  Other:\n    files: { ships: { columns: { Id: { column: Id } } } }\nacknowledgement',
      );
    expect((await problemsOf(two)).join('\n')).toContain('looks different in another action');
  });
});
