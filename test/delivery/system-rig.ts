/** Delivery to a simulated system: its own connector, a mapping, a ledger in a file. Whoever delivers can end and begin anew. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systems } from '../../src/app/implementations.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { always } from '../../src/base/permit.ts';
import type { CallResult, Connector, Operation } from '../../src/connectors/port.ts';
import { deliverRows } from '../../src/delivery/deliver.ts';
import { createTarget, type TargetLimits } from '../../src/delivery/target.ts';
import { stagedRow } from '../../src/exchange/stage.ts';
import type { AnswerRow, Arrival, Attempt, Claim, Ledger } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { loadMapping } from '../../src/mapping/compile.ts';
import { me, sighting } from '../ledger/store.ts';
import { limits } from './parts.ts';

/** Values by column; the others are empty. */
export type Cells = Readonly<Record<string, string>>;

export interface SystemRig {
  readonly ledger: Ledger;
  /** How many rows delivery has told of as settled. */
  readonly told: number;
  /** Puts itself between delivery and the connector. */
  between: (
    operation: Operation,
    call: () => Promise<CallResult>,
    request: JsonObject,
  ) => Promise<CallResult>;
  /** A file with these rows, the first of them in line 2. */
  stage(rows: readonly Cells[]): Promise<Arrival>;
  deliver(arrival: Claim, signal?: AbortSignal): Promise<void>;
  /** As after a kill: another process opens the ledger and takes the arrival over. */
  takeOver(): Promise<Arrival>;
  rows(arrival: Claim): Promise<AnswerRow[]>;
  attempts(arrival: Claim, line?: number): Promise<Attempt[]>;
  close(): Promise<void>;
}

export async function startSystemRig(
  connector: Connector,
  mappingName: string,
  changes: Partial<TargetLimits> = {},
  change: (mapping: string) => string = (text) => text,
): Promise<SystemRig> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const mappingFile = join(folder, 'mappings', `${mappingName}.yaml`);
  await cp('mappings', join(folder, 'mappings'), { recursive: true });
  await writeFile(mappingFile, change(await readFile(mappingFile, 'utf8')));
  const file = join(folder, 'ledger.db');
  let ledger = await openLedger({ file });
  let told = 0;
  const mapping = await loadMapping(mappingFile, systems);
  const columns = mapping.header.columns.map(({ name }) => name);
  const positions = columns.map((_name, index) => index);
  const watched: Connector = {
    ...{ system: connector.system, operations: connector.operations, check: () => connector.check() },
    call: (operation, request, permit) =>
      rig.between(operation, () => connector.call(operation, request, permit), request),
    close: () => connector.close(),
  };
  const target = createTarget(
    connector.system,
    watched,
    { ...limits, quietPeriodMs: 20, ...changes },
    systemClock,
  );
  const rig: SystemRig = {
    get ledger() {
      return ledger;
    },
    get told() {
      return told;
    },
    between: (_operation, call) => call(),
    async stage(rows) {
      const claim = await ledger.claim(sighting('a.csv'), me, systemClock.now());
      if (!claim) throw new Error('not claimed');
      await ledger.fetched(claim, { bytes: 1, sha256: 'sha' }, systemClock.now());
      const staged = rows.map((cells, index) => {
        const fields = columns.map((name) => cells[name] ?? '');
        return stagedRow({ line: index + 2, fields }, mapping, positions);
      });
      for (const { line, violations } of staged)
        if (violations.length > 0) throw new Error(`line ${line}: ${JSON.stringify(violations)}`);
      await ledger.addRows(claim, staged);
      const staging = { mapping: 'm@1', columns, keyColumns: mapping.keyColumns, ackColumns: [] };
      return ledger.staged(claim, staging, systemClock.now());
    },
    deliver: (arrival, signal = new AbortController().signal) =>
      deliverRows(
        arrival,
        mapping,
        { ledger, target, clock: systemClock, signal, permit: always },
        () => void told++,
      ),
    async takeOver() {
      await ledger.close();
      ledger = await openLedger({ file });
      const taken = await ledger.resume('acme', 'sales', { ...me, id: 'next' }, systemClock.now() + 120_000);
      if (!taken) throw new Error('nothing to resume');
      return taken;
    },
    rows: async (arrival) => ledger.answerRows(arrival.id, 0, 20_000),
    attempts: async (arrival, line) => ledger.attempts(arrival.id, line),
    async close() {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

/** How many rows have which outcome. */
export function tally(rows: readonly AnswerRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state, code } of rows) {
    const name = [state, code].filter(Boolean).join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
