/** Which exports there are and what each reads, from the configuration. */
import { dirname, join } from 'node:path';
import { DateTime } from 'luxon';
import { TidegateError, TidegateErrors } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { isNeverSet } from '../base/wall-clock.ts';
import type { Config, ExportConfig, PartnerConfig } from '../config/types.ts';
import { LINE } from '../exchange/dispatch/sent-agreement.ts';
import { dueOf, exportAgain, runExport } from '../exchange/exports/run.ts';
import type { ExportPlan, ExportPorts, ExportRun, ExportSource } from '../exchange/exports/types.ts';
import type { DueWindows } from '../exchange/exports/windows.ts';
import type { TimeWindow } from '../ledger/port.ts';
import { loadExportMapping } from '../mapping/export/load.ts';
import type { CompiledExport, ListSource, RowSource } from '../mapping/export/types.ts';
import type { CompiledMapping, Systems } from '../mapping/types.ts';
import { lastTime } from '../schedule/last-time.ts';
import { cronTimes } from '../schedule/times.ts';
import { agreementsOf, exportAgreement } from './agreements.ts';
import { systemOf } from './systems.ts';

/** They lie beside the mappings of feeds. */
const exportMappingFile = (config: Config, name: string): string =>
  join(dirname(config.folder), 'mappings', `${name}.export.yaml`);

/** Without what takes keys. */
export type PlainPlan = Omit<ExportPlan, 'parcel'>;

/**
 * Every enabled export; all their problems together.
 * @param mappings of feeds, by name
 */
export async function exportPlans(
  config: Config,
  systems: Systems,
  mappings: ReadonlyMap<string, CompiledMapping>,
): Promise<PlainPlan[]> {
  const compiled = new Map<string, CompiledExport>();
  const plans: PlainPlan[] = [];
  const problems: TidegateError[] = [];
  for (const entry of Object.values(config.exports)) {
    if (!entry.enabled) continue;
    try {
      const known = compiled.get(entry.mapping);
      const mapping = known ?? (await loadExportMapping(exportMappingFile(config, entry.mapping), systems));
      compiled.set(entry.mapping, mapping);
      plans.push(planOf(entry, mapping, config, mappings));
    } catch (error) {
      if (error instanceof TidegateErrors) problems.push(...error.errors);
      else if (error instanceof TidegateError) problems.push(error);
      else throw error;
    }
  }
  if (problems.length > 0) throw new TidegateErrors(problems);
  return plans;
}

function planOf(
  entry: ExportConfig,
  { header, source }: CompiledExport,
  config: Config,
  mappings: ReadonlyMap<string, CompiledMapping>,
): PlainPlan {
  const { name, partner, folder, dataType, empty, dialect } = entry;
  return {
    ...{ name, partner, dataType, empty, dialect, header },
    folder: folder ?? partnerOf(config, partner).folders.out,
    agreement: sentAgreement(entry, header, config),
    windows: windowsOf(entry, config),
    source: source.kind === 'list' ? listOf(entry, source, config) : rowsOf(entry, source, config, mappings),
  };
}

function sentAgreement(
  entry: ExportConfig,
  header: readonly string[],
  config: Config,
): ExportPlan['agreement'] {
  const agreement = agreementsOf(config).get(exportAgreement(entry.name)) ?? null;
  const lost = agreement?.match.find(({ sent }) => sent !== LINE && !header.includes(sent));
  if (lost)
    throw refused(entry, `its files have no column "${lost.sent}" to know their rows by`, {
      expected: [...header, LINE].join(', '),
      fix: 'Change answered.match.',
    });
  return agreement;
}

/** Windows go by the times themselves, not by those that are put off a little. */
function windowsOf(entry: ExportConfig, { calendars }: Config): ExportPlan['windows'] {
  const { timeZone, schedule, calendar, onNonBusinessDay, window } = entry;
  const { length, lag: lagMs, missed } = window;
  const worked = calendars[calendar ?? ''];
  const bound = worked ? { calendar: { calendar: worked, onNonBusinessDay } } : {};
  const times = schedule === null ? null : cronTimes(schedule, timeZone, bound);
  return {
    ...{ timeZone, length, lagMs, missed, startsAt: startOf(entry) },
    lastTime: times ? (at, after) => lastTime(times, at, after) : (at, after) => (at > after ? at : null),
  };
}

const startOf = ({ timeZone, window }: ExportConfig): number =>
  DateTime.fromISO(window.start, { zone: timeZone }).startOf('day').toMillis();

function partnerOf({ partners }: Config, name: string): PartnerConfig {
  const partner = partners[name];
  if (!partner) throw new Error(`the configuration has no partner ${name}`);
  return partner;
}

function listOf(entry: ExportConfig, list: ListSource, { targets }: Config): ExportSource {
  const target = targets[entry.target ?? ''];
  if (!target || entry.feed !== null || systemOf(target) !== list.system) {
    throw refused(entry, `the mapping reads ${list.system}`, {
      expected: `target, with a target whose system is ${list.system}, and no feed`,
    });
  }
  if (entry.window.length === 'since-last') demandMoments(entry, list);
  return { kind: 'list', list, target: target.name };
}

/** Windows since the last one end within a day, and within the hour that clocks show twice. */
function demandMoments(entry: ExportConfig, { byDays, wallClocks }: ListSource): void {
  if (byDays)
    throw refused(entry, 'the list is bounded by days, and windows since the last one end within a day', {
      expected: 'window.length day or month, or list.within in the mapping, with a format that has a time',
      fix: 'Without it entries of a day would come in the files of several windows.',
    });
  const start = startOf(entry);
  const set = wallClocks.map((zone) => zone ?? entry.timeZone).find((zone) => !isNeverSet(zone, start));
  if (set !== undefined)
    throw refused(entry, `the list tells times of ${set} without their offset, and clocks there are set`, {
      expected: 'a format with its offset, a zone whose clocks are never set, or window.length day or month',
      fix: 'In the hour that is shown twice, entries would be missing or come in two files.',
    });
}

function rowsOf(
  entry: ExportConfig,
  rows: RowSource,
  { feeds }: Config,
  mappings: ReadonlyMap<string, CompiledMapping>,
): ExportSource {
  const feed = feeds[entry.feed ?? ''];
  const mapping = feed && mappings.get(feed.mapping);
  if (!feed || !mapping || entry.target !== null) {
    throw refused(entry, 'the mapping exports rows', {
      expected: 'feed, with an enabled feed, and no target',
    });
  }
  const { columns } = mapping.header;
  const known = columns.map((column) => column.name);
  demandKnown(entry, rows.fields, known, `the files of ${feed.name} have`);
  const acknowledged = ['Status Code', 'Message', ...mapping.ackColumns];
  demandKnown(entry, rows.ackCells, acknowledged, `the acknowledgements of ${feed.name} have`);
  const spellings = columns.flatMap(({ name, aliases }) => aliases.map((alias) => [alias, name] as const));
  return {
    kind: 'rows',
    rows,
    feed: { partner: feed.partner, feed: feed.name, columns: new Map(spellings) },
  };
}

function demandKnown(
  entry: ExportConfig,
  names: readonly string[],
  known: readonly string[],
  where: string,
): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw refused(entry, `${where} no column "${unknown}"`, {
    expected: `one of ${known.join(', ')}`,
    ...(near === undefined ? {} : { fix: `Did you mean "${near}"?` }),
  });
}

const refused = (
  { name, mapping }: ExportConfig,
  problem: string,
  details: { expected: string; fix?: string },
): TidegateError =>
  new TidegateError('CONFIG_INVALID', problem, {
    subject: `export ${name}`,
    fix: `Change the export, or its mapping ${mapping}.`,
    ...details,
  });

export interface Exports {
  readonly plans: readonly ExportPlan[];
  /** What `run` would do now. */
  due(plan: ExportPlan): Promise<DueWindows>;
  /** Exports what is due, unless a person has paused it. Never throws. */
  run(plan: ExportPlan, options?: { evenIfPaused: boolean }): Promise<ExportRun>;
  /** A window once more, beside what is covered, unless a person has paused it. Never throws. */
  again(plan: ExportPlan, window: TimeWindow, options?: { evenIfPaused: boolean }): Promise<ExportRun>;
}

export const exportsOf = (
  plans: readonly ExportPlan[],
  portsFor: (plan: ExportPlan) => ExportPorts,
): Exports => {
  const heeding = (plan: ExportPlan, { evenIfPaused }: { evenIfPaused: boolean }): ExportPorts => {
    const ports = portsFor(plan);
    return evenIfPaused ? { ...ports, pause: async () => null } : ports;
  };
  return {
    plans,
    due: (plan) => dueOf(plan, portsFor(plan)),
    run: (plan, how = { evenIfPaused: false }) => runExport(plan, heeding(plan, how)),
    again: (plan, window, how = { evenIfPaused: false }) => exportAgain(plan, window, heeding(plan, how)),
  };
};
