import type {
  Arrival,
  Ledger,
  LineRange,
  Owner,
  RowOutcome,
  Sighting,
  StagedRow,
} from '../../src/ledger/port.ts';

/** A place where a ledger is kept; it can be opened several times, side by side or one after the other. */
export interface Store {
  open(): Promise<Ledger>;
  remove(): Promise<void>;
}

export const leaseMs = 60_000;
export const owner = (id: string, gone: readonly string[] = []): Owner => ({
  id,
  leaseMs,
  isGone: (other) => gone.includes(other),
});
export const me = owner('host/1/1');

export const sighting = (name: string, over: Partial<Sighting> = {}): Sighting => ({
  ...{ partner: 'acme', feed: 'sales', folder: '/in', name, size: 100, modifiedAt: 1_000 },
  ...over,
});

/** A row that asks for `asks` under `reference`. */
export const row = (
  line: number,
  reference: string | null,
  asks = 'a',
  over: Partial<StagedRow> = {},
): StagedRow => ({
  ...{
    line,
    keys: [String(line)],
    action: 'New Sales',
    operation: 'Contract/create',
    orderKey: reference ?? '',
  },
  ...{ reference, payload: asks, fields: [reference ?? '', asks], violations: [] },
  plan: { request: { id: reference, asks }, reads: [] },
  ...over,
});

export const invalidRow = (line: number): StagedRow =>
  row(line, null, '', {
    plan: null,
    violations: [{ column: 'Price', rule: 'a decimal', value: 'x', fix: 'Send a number.' }],
  });

export const staging = {
  mapping: 'm@1',
  columns: ['Id', 'Asks'],
  keyColumns: ['Id'],
  ackColumns: ['Status'],
};

export async function claimed(ledger: Ledger, name: string, over: Partial<Sighting> = {}): Promise<Arrival> {
  const arrival = await ledger.claim(sighting(name, over), me, 10);
  if (!arrival) throw new Error(`${name} was not claimed`);
  return arrival;
}

/** What another owner takes over when the lease of `me` is over. */
export async function takenOver(ledger: Ledger): Promise<Arrival> {
  const arrival = await ledger.resume('acme', 'sales', owner('other'), 20 + leaseMs);
  if (!arrival) throw new Error('nothing to resume');
  return arrival;
}

export async function fetched(ledger: Ledger, name: string, sha256 = `sha-${name}`): Promise<Arrival> {
  return ledger.fetched(await claimed(ledger, name), { bytes: 100, sha256 }, 20);
}

export async function staged(ledger: Ledger, name: string, rows: readonly StagedRow[]): Promise<Arrival> {
  const arrival = await fetched(ledger, name);
  await ledger.addRows(arrival, rows);
  return ledger.staged(arrival, staging, 30);
}

/** One line, as decisions name it. */
export const only = (line: number): LineRange[] => [{ from: line, to: line }];

export const accepted: RowOutcome = {
  state: 'accepted',
  code: 'OK',
  message: 'Done',
  cells: { Status: 'Active' },
};
export const rejected: RowOutcome = { state: 'rejected', code: 'NO', message: 'Refused', cells: {} };
export const parked: RowOutcome = { state: 'parked', code: '', message: 'Unclear', cells: {} };

export const opened = (arrival: Arrival, line: number, purpose: 'write' | 'lookup' = 'write') => ({
  ...{ claim: arrival, line, operation: 'Contract/create', purpose, at: 40 },
  request: { line, purpose },
});

export const ended = (arrival: Arrival, line: number, attempt: number, outcome: RowOutcome | null) => ({
  ...{ claim: arrival, line, attempt, status: 200, code: 'C', message: 'M', ticket: 'T', at: 50 },
  outcome: outcome?.state === 'rejected' ? ('rejected' as const) : ('accepted' as const),
  answer: { ok: true },
  row: outcome,
});

/** Every row's state by line. */
export async function states(ledger: Ledger, arrival: Arrival): Promise<Record<number, string>> {
  const rows = await ledger.answerRows(arrival.id, 0, 1000);
  return Object.fromEntries(rows.map(({ line, state }) => [line, state]));
}

export async function current(ledger: Ledger, arrival: Arrival): Promise<Arrival> {
  const found = await ledger.arrival(arrival.id);
  if (!found) throw new Error('the arrival is gone');
  return found;
}

export async function pendingLines(ledger: Ledger, arrival: Arrival): Promise<number[]> {
  return (await ledger.pendingRows(arrival, 0, 1000)).map(({ line }) => line);
}
