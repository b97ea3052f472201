/** What was done and what was found, counted and printed. */
import type { CycleResult } from './cycle.ts';
import type { Counts } from './judge.ts';
import type { Offence } from './offence.ts';

export class Figures {
  cycles = 0;
  /** Files that were dropped. */
  files = 0;
  kills = 0;
  killsInRecovery = 0;
  pauses = 0;
  pairs = 0;
  /** What persons decided or had worked off again. */
  decisions = 0;
  /** Of these, parked rows that were decided about. */
  resolved = 0;
  supplements = 0;
  /** Cycles that were done again because this process itself stood still. */
  repeated = 0;
  readonly counts: Counts = { rows: 0, accepted: 0, rejected: 0, duplicate: 0, parked: 0 };
  readonly faults = new Map<string, number>();
  readonly offences = new Map<Offence, number>();
  readonly #recoveryMs: number[] = [];

  add(result: CycleResult): void {
    this.cycles++;
    this.files += result.files;
    this.kills += result.kills.length;
    this.killsInRecovery += result.killsInRecovery;
    this.pauses += result.pauses;
    if (result.plan.course === 'two') this.pairs++;
    this.decisions += result.decisions;
    this.resolved += result.resolved;
    this.supplements += result.supplements;
    this.#recoveryMs.push(...result.recoveriesMs);
    for (const name of Object.keys(this.counts) as (keyof Counts)[]) this.counts[name] += result.counts[name];
    for (const [kind, times] of result.faults) this.faults.set(kind, (this.faults.get(kind) ?? 0) + times);
    for (const { offence } of result.violations)
      this.offences.set(offence, (this.offences.get(offence) ?? 0) + 1);
  }

  get recoveries(): number {
    return this.#recoveryMs.length;
  }

  /** Milliseconds; `null` when there was no recovery. */
  recoveryAt(share: number): number | null {
    const sorted = this.#recoveryMs.toSorted((one, other) => one - other);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  }

  found(offence: Offence): number {
    return this.offences.get(offence) ?? 0;
  }
}

/** A Markdown table, as it stands in the README. */
export function tableOf(figures: Figures, points: { known: number; killed: number }): string {
  const { counts } = figures;
  const seconds = (share: number): string => {
    const ms = figures.recoveryAt(share);
    return ms === null ? '—' : `${(ms / 1000).toFixed(1)} s`;
  };
  const others: Offence[] = ['changed', 'wrong', 'untold', 'left-over', 'damaged', 'stuck'];
  const rows: [string, string][] = [
    ['cycles', String(figures.cycles)],
    ['kill points found, and killed at', `${points.known}, ${points.killed}`],
    ['kills', String(figures.kills)],
    ['of these while recovering from another', String(figures.killsInRecovery)],
    ['processes paused past their lease', String(figures.pauses)],
    ['pairs of processes on one ledger', String(figures.pairs)],
    ['recoveries', String(figures.recoveries)],
    ['recovery time p50, p95', `${seconds(0.5)}, ${seconds(0.95)}`],
    ['files', String(figures.files)],
    [
      'rounds a person began: rows decided, retries',
      `${figures.decisions}: ${figures.resolved}, ${figures.decisions - figures.resolved}`,
    ],
    ['supplements', String(figures.supplements)],
    [
      'rows = accepted + rejected + duplicate + parked',
      `${counts.rows} = ${counts.accepted} + ${counts.rejected} + ${counts.duplicate} + ${counts.parked}`,
    ],
    ['faults met', String([...figures.faults.values()].reduce((sum, times) => sum + times, 0))],
    ['**lost**', `**${figures.found('lost')}**`],
    ['**duplicated**', `**${figures.found('duplicated')}**`],
    ['**partial finals**', `**${figures.found('partial')}**`],
    ['secrets found', String(figures.found('secret'))],
    [others.join(', '), others.map((offence) => figures.found(offence)).join(', ')],
  ];
  return table(['what', 'figure'], rows);
}

export function faultTable({ faults }: Figures): string {
  const sorted = [...faults].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return table(
    ['fault', 'met'],
    sorted.map(([kind, times]) => [kind, String(times)]),
  );
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(header),
    line(header.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}
