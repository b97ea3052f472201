/** The way of an export: what was begun is finished, then each window that is due becomes a file, one after the other. */
import { exportFailed } from '../../alerts/export-notices.ts';
import { TidegateError } from '../../base/errors.ts';
import { writeCsv } from '../../csv/writer.ts';
import type { OutboundFile, TimeWindow } from '../../ledger/port.ts';
import { linesIn, noteDispatch } from '../dispatch/note.ts';
import { joinPath } from '../file-names.ts';
import { planOutbound, sendOutbound } from '../outbound/send.ts';
import type { OutboundPorts, WriteOutbound } from '../outbound/types.ts';
import { over, raise } from '../raise.ts';
import { linesOfList, linesOfRows } from './lines.ts';
import { incomplete, ListShifted } from './read-list.ts';
import type { ExportPlan, ExportPorts, ExportRun } from './types.ts';
import { type DueWindows, dueWindows, stampOf } from './windows.ts';

/** How often a list is read that changes meanwhile. */
const READINGS = 3;

/** What a run would do now; changes nothing. */
export async function dueOf(
  plan: ExportPlan,
  { ledger, clock }: Pick<ExportPorts, 'ledger' | 'clock'>,
): Promise<DueWindows> {
  return dueWindows(plan.windows, await ledger.coveredTo(plan.name), clock.now());
}

/** All that is due, unless it is paused. What fails is told to people, and waits for another run. Never throws. */
export const runExport = (plan: ExportPlan, ports: ExportPorts): Promise<ExportRun> =>
  collect(plan, ports, async (run) => {
    for (;;) {
      if (await rests(plan, run, ports)) return;
      const file = (await finishBegun(plan, ports)) ?? (await sendDue(plan, ports));
      if (!file) return;
      run.files.push(file);
    }
  });

/** A window once more, beside what is covered, unless it is paused. One that was begun and cut off is finished instead. Never throws. */
export const exportAgain = (plan: ExportPlan, window: TimeWindow, ports: ExportPorts): Promise<ExportRun> =>
  collect(plan, ports, async (run) => {
    const { files } = run;
    for (;;) {
      if (await rests(plan, run, ports)) return;
      const begun = await finishBegun(plan, ports);
      if (!begun) break;
      files.push(begun);
    }
    const isSame = (file: OutboundFile): boolean =>
      !file.covers && file.window?.from === window.from && file.window.to === window.to;
    if (files.some(isSame)) return;
    const key = `again ${iso(window.from)} ${iso(window.to)} at ${iso(ports.clock.now())}`;
    files.push(await sendWindow(plan, { ...fileOf(plan, window), key, covers: false }, ports));
  });

async function rests({ name }: ExportPlan, run: ExportRun, ports: ExportPorts): Promise<boolean> {
  run.paused = await ports.pause();
  if (run.paused) ports.report({ kind: 'paused', what: `export ${name}`, pause: run.paused });
  return run.paused !== null;
}

async function collect(
  plan: ExportPlan,
  ports: ExportPorts,
  work: (run: ExportRun) => Promise<void>,
): Promise<ExportRun> {
  const run: ExportRun = { files: [], waitsFor: null, paused: null };
  try {
    ports.room.demand(0);
    await work(run);
    if (!run.paused) await over({ cause: `export:${plan.name}` }, ports);
  } catch (thrown) {
    run.waitsFor = ports.signal.aborted ? ports.signal.reason : thrown;
    await tell(plan, run.waitsFor, ports);
  }
  return run;
}

async function tell({ name, partner }: ExportPlan, error: unknown, ports: ExportPorts): Promise<void> {
  ports.report({ kind: 'export-waits', name, partner, error });
  const silent =
    error instanceof TidegateError && ['STOPPED', 'ARRIVAL_WAITS', 'LEDGER_STALE'].includes(error.code);
  if (silent) return;
  const notice = exportFailed({ name, partner, error, now: ports.clock.now() });
  await raise(notice, ports).catch((ledgerError: unknown) =>
    ports.report({ kind: 'unrecorded', notice, error: ledgerError }),
  );
}

/** The oldest file that was begun; `null` when there is none. */
async function finishBegun(plan: ExportPlan, ports: ExportPorts): Promise<OutboundFile | null> {
  const of = { origin: 'export', name: plan.name } as const;
  const begun = await ports.ledger.resumeOutbound(of, ports.owner, ports.clock.now());
  if (begun && begun.partner !== plan.partner) throw otherPartner(plan, begun);
  return begun && send(plan, begun, ports);
}

/** The next window that is due; `null` when none is. */
async function sendDue(plan: ExportPlan, ports: ExportPorts): Promise<OutboundFile | null> {
  const { skipped, files } = await dueOf(plan, ports);
  if (skipped) await skip(plan, skipped, ports);
  const [window] = files;
  return window ? sendWindow(plan, fileOf(plan, window), ports) : null;
}

async function sendWindow(plan: ExportPlan, wanted: Wanted, ports: ExportPorts): Promise<OutboundFile> {
  return send(plan, await planOutbound(wanted, plan.parcel, ports), ports);
}

/** One that another process has planned meanwhile may have another window. */
const send = (plan: ExportPlan, file: OutboundFile, ports: ExportPorts): Promise<OutboundFile> => {
  const write = noting(plan, file, writer(plan, file.window ?? { from: 0, to: 0 }, ports));
  return sendOutbound(file, { write, parcel: plan.parcel }, ports);
};

type Wanted = Parameters<typeof planOutbound>[0];

/** As it is planned when it is due. */
function fileOf({ name, partner, folder, dataType, windows }: ExportPlan, window: TimeWindow): Wanted {
  const path = joinPath(folder, `${dataType}_${stampOf(window, windows.timeZone)}.csv`);
  const key = `from ${iso(window.from)}`;
  return { partner, origin: 'export', name, key, arrival: null, path, window, covers: true };
}

async function skip({ name, partner }: ExportPlan, window: TimeWindow, ports: ExportPorts): Promise<void> {
  await ports.ledger.skipWindow(name, window, ports.clock.now());
  ports.report({ kind: 'export-skipped', name, partner, window });
}

/** Who answers a file may do so as soon as it lies there. */
const noting =
  (
    { agreement, header, dialect, windows }: ExportPlan,
    file: OutboundFile,
    write: WriteOutbound,
  ): WriteOutbound =>
  async (draft, ports) => {
    const written = await write(draft, ports);
    if (!agreement || !written) return written;
    const stamp = file.window ? stampOf(file.window, windows.timeZone) : '';
    await noteDispatch({ claim: file, stamp, split: '' }, agreement, linesIn(draft, header, dialect), ports);
    return written;
  };

const writer =
  (plan: ExportPlan, window: TimeWindow, { target }: ExportPorts): WriteOutbound =>
  async (draft, ports) => {
    for (let readings = 1; ; readings++) {
      try {
        const { header, dialect } = plan;
        const rows = linesOf(plan, window, { ...ports, target });
        const written = await writeCsv(draft, { dialect, header, rows });
        if (written.rows > 0 || plan.empty === 'header') return written;
        await ports.spool.discard(draft);
        return null;
      } catch (error) {
        if (!(error instanceof ListShifted)) throw error;
        const { source } = plan;
        if (readings >= READINGS && source.kind === 'list')
          throw incomplete(source.list.operation, `the list changed while it was read: ${error.message}`);
      }
    }
  };

function linesOf(
  { source, windows }: ExportPlan,
  window: TimeWindow,
  ports: OutboundPorts & Pick<ExportPorts, 'target'>,
): AsyncIterable<readonly string[]> {
  const span = { ...window, timeZone: windows.timeZone };
  if (source.kind === 'rows') return linesOfRows(source.rows, source.feed, span, ports);
  const { target } = ports;
  if (!target) throw new Error('an export that reads a list has a target');
  return linesOfList(source.list, span, { ...ports, target });
}

const iso = (at: number): string => new Date(at).toISOString();

const otherPartner = ({ name, partner }: ExportPlan, begun: OutboundFile): TidegateError =>
  new TidegateError('CONFIG_INVALID', `a file of this export was begun for ${begun.partner}`, {
    subject: `export ${name}`,
    expected: `the partner ${begun.partner} until that file is sent; it is ${partner} now`,
    fix: 'Change the partner back, let it run once, and change it then; or give the new one an export of its own.',
  });
