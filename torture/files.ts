/** What the partner sends in one cycle, and what each line of it asks for. */
import { createHash } from 'node:crypto';
import { cancellation, columns, csv, imei, type Row, sale } from '../test/support/sales.ts';
import type { Random } from './random.ts';

export interface SentRow {
  /** As the acknowledgement counts them: the header is line 1. */
  line: number;
  contract: string;
  action: string;
  /** What has to become of it when nothing goes wrong. */
  wish: 'accepted' | 'rejected';
  /** `operation reference`, as the API counts effects. */
  effect: string;
  fields: Row;
}

/** Its cells, as they stand in the file. */
export const cellsOf = ({ fields }: SentRow): string[] => header.map((name) => fields[name] ?? '');

export interface SentFile {
  name: string;
  /** The part of the name that the answer repeats. */
  stamp: string;
  content: string;
  sha256: string;
  rows: readonly SentRow[];
  /** Broken, so that it has to be refused as a whole. */
  refused: boolean;
  /** It has the bytes of an earlier one, which answers it. */
  repeats: SentFile | null;
}

/** Contracts that exist beforehand, by what the cycle does with them. Each is used once. */
export interface Existing {
  contract: string;
  soldPlanCode: string;
  status: 'Active' | 'Cancelled';
}

/** Operations that set values: doing one again changes nothing, so they are judged by what they leave behind. */
export const setsValues = (effect: string): boolean => effect.startsWith('Contract/updateContract ');

/** The columns of every file. */
export const header: readonly string[] = [
  ...columns,
  'Payment ID',
  'Payment Date',
  'Payment Amount',
  'Transaction Type',
  'Serial Number',
];

type Kind = (draft: Draft) => void;

/** A file while it is written. */
class Draft {
  readonly rows: Omit<SentRow, 'line'>[] = [];
  readonly #numbers: () => number;
  readonly #existing: Existing[];

  constructor(numbers: () => number, existing: Existing[]) {
    this.#numbers = numbers;
    this.#existing = existing;
  }

  sale(changes: Row = {}, wish: SentRow['wish'] = 'accepted'): Row {
    const n = this.#numbers();
    const contract = `T-${n}`;
    const fields = sale(n, {
      'External Contract ID': contract,
      ...changes,
    });
    this.add(fields, 'Contract/createContract', contract, wish);
    return fields;
  }

  add(fields: Row, operation: string, reference: string, wish: SentRow['wish'] = 'accepted'): void {
    const contract = fields['External Contract ID'] ?? '';
    const action = fields['Action Type'] ?? '';
    this.rows.push({ contract, action, wish, effect: `${operation} ${reference}`, fields });
  }

  number(): number {
    return this.#numbers();
  }

  /** `null` when none is left. */
  existing(status: Existing['status']): Existing | null {
    const index = this.#existing.findIndex((one) => one.status === status);
    return this.#existing.splice(index, index < 0 ? 0 : 1)[0] ?? null;
  }
}

const kinds: readonly Kind[] = [
  (draft) => draft.sale(),
  (draft) => draft.sale(),
  (draft) => draft.sale({ 'Email Address': 'pat.example at nowhere' }, 'rejected'),
  // Refused by the eligibility check.
  (draft) => draft.sale({ 'Plan Code': 'NOSUCHPLAN' }, 'rejected'),
  (draft) => {
    const same = draft.sale();
    draft.add(same, 'Contract/createContract', same['External Contract ID'] ?? '');
  },
  (draft) => {
    const one = draft.sale({}, 'rejected');
    const other = { ...one, City: 'Pune' };
    draft.add(other, 'Contract/createContract', one['External Contract ID'] ?? '', 'rejected');
  },
  // One builds on the other.
  (draft) => {
    const contract = draft.sale()['External Contract ID'] ?? '';
    const fields = cancellation(0, { 'External Contract ID': contract });
    draft.add(fields, 'Contract/cancelContract', contract);
  },
  withExisting('Active', (draft, { contract }) =>
    draft.add(cancellation(0, { 'External Contract ID': contract }), 'Contract/cancelContract', contract),
  ),
  withExisting('Active', (draft, { contract }) => {
    const id = `PAY-${draft.number()}`;
    const payment = {
      'External Contract ID': contract,
      'Currency Code': 'INR',
      'Payment ID': id,
      'Payment Date': '2024-06-11 10:00:00',
      'Payment Amount': '12.50',
      'Transaction Type': 'SUCCESS',
      'Action Type': 'Payment',
    };
    draft.add(payment, 'Contract/createTransaction', id);
  }),
  withExisting('Cancelled', (draft, { contract }) =>
    draft.add(
      { 'External Contract ID': contract, 'Action Type': 'Reactivation' },
      'Contract/reactivate',
      contract,
    ),
  ),
  withExisting('Active', (draft, { contract }) => {
    const n = draft.number();
    const update = {
      'External Contract ID': contract,
      'Customer Name': `Pat Example ${n}`,
      'Country Code': 'IN',
      'Product Unique ID': imei(n),
      'Serial Number': `SN${n}`,
      'External SKU Code': 'AUR-PH-12-128',
      'Action Type': 'Update',
    };
    draft.add(update, 'Contract/updateContract', contract);
  }),
  withExisting('Active', (draft, { soldPlanCode }) => {
    const contract = `T-${draft.number()}`;
    const renewal = {
      'External Contract ID': contract,
      'Sold Plan Code': soldPlanCode,
      'Plan Code': 'GLOBAL12',
      'Sales Channel': 'web',
      'Action Type': 'Renewal',
    };
    draft.add(renewal, 'Contract/renewContract', contract);
  }),
];

function withExisting(status: Existing['status'], use: (draft: Draft, existing: Existing) => void): Kind {
  return (draft) => {
    const existing = draft.existing(status);
    if (existing) use(draft, existing);
    else draft.sale();
  };
}

/** One to four files. Those of one name come one after the other: the later ones wait until the name is free. */
export function filesOf(random: Random, existing: readonly Existing[]): SentFile[] {
  let n = 1000;
  const left = [...existing];
  const draft = (): Draft => new Draft(() => ++n, left);
  const files: SentFile[] = [];
  let minute = 0;
  const stamp = (): string => `20240611_10${String(minute++).padStart(2, '0')}00`;

  const first = draft();
  first.sale();
  for (let more = 3 + random.below(5); more > 0; more--) random.pick(kinds)(first);
  files.push(asFile(stamp(), first.rows));
  if (random.chance(0.4)) {
    const second = draft();
    for (let more = 1 + random.below(4); more > 0; more--) random.pick(kinds)(second);
    files.push(asFile(stamp(), second.rows));
  }
  const [original] = files;
  if (original && random.chance(0.2)) files.push({ ...original, ...named(stamp()), repeats: original });
  if (random.chance(0.2)) {
    const whole = draft();
    whole.sale();
    whole.sale();
    files.push(broken(random, asFile(stamp(), whole.rows)));
  }
  if (original && random.chance(0.2)) files.push(corrected(original, draft()));
  return files;
}

/** Actions whose call can neither be repeated nor looked up. */
const unrepeatable = ['Cancellation', 'Reactivation', 'Payment'];

/** The same name once more: what was accepted comes as it was, one that was rejected comes corrected, and one is new. */
function corrected(original: SentFile, draft: Draft): SentFile {
  const [known] = original.rows;
  if (known) draft.rows.push(known);
  const wrong = original.rows.find(({ fields }) => fields['Email Address']?.includes(' '));
  if (wrong) {
    const fields = { ...wrong.fields, 'Email Address': 'pat.example@example.com' };
    draft.rows.push({ ...wrong, fields, wish: 'accepted' });
  }
  // Left parked there, it follows the decision about that.
  const once = original.rows.find(({ action }) => unrepeatable.includes(action));
  if (once) draft.rows.push(once);
  draft.sale();
  return asFile(original.stamp, draft.rows);
}

const damages: readonly ((content: string) => string)[] = [
  (content) => content.slice(0, -20),
  (content) => content.replace('External Contract ID', 'External Contract'),
  (content) => content.replace('Harbour', 'Har"bour'),
  () => '',
];

function broken(random: Random, file: SentFile): SentFile {
  const content = random.pick(damages)(file.content);
  return { ...file, content, sha256: hashOf(content), refused: true };
}

function asFile(stamp: string, rows: readonly Omit<SentRow, 'line'>[]): SentFile {
  const content = csv(
    rows.map(({ fields }) => fields),
    header,
  );
  return {
    ...named(stamp),
    content,
    sha256: hashOf(content),
    rows: rows.map((row, index) => ({ ...row, line: index + 2 })),
    refused: false,
    repeats: null,
  };
}

const named = (stamp: string) => ({ name: `Sales_${stamp}.csv`, stamp });

export const hashOf = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');
