/** Cycle after cycle until the time is over: first the dry runs that find the kill points, then a kill at each, then anything. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Catalogue, dryPlans } from './catalogue.ts';
import { type Control, controls } from './controls.ts';
import { type CycleResult, type Place, runCycle } from './cycle.ts';
import { Figures } from './figures.ts';
import type { Plan } from './plan.ts';
import { buildProduct, cutOut, productWithout } from './product.ts';
import { createRandom } from './random.ts';
import { newIdentity } from './world.ts';

export interface Bounds {
  seed: string;
  /** Whether few dry runs are enough. */
  short: boolean;
  cells: number;
  /** How long new cycles begin, and in any case until one process was killed: the dry runs alone may take as long on a busy machine. */
  ms: number;
  /** No new cycle begins when there were so many. */
  kills: number;
  /** Where everything is put. */
  folder: string;
}

export interface Reporter {
  /** A cycle ended; called after it was counted. */
  onCycle(result: CycleResult, figures: Figures, catalogue: Catalogue): void;
  onViolation(result: CycleResult, folder: string): void;
}

export interface Caught {
  control: Control;
  /** What the judge found; `null` when it found nothing of the kind. */
  found: string | null;
  cycles: number;
}

type Workshop = Omit<Place, 'folder'>;

/** A control that is not caught in so many cycles is not caught. */
const MOST_CONTROL_CYCLES = 5;
/** Servers that stand still for so long break the promise that a call given up is over after the quiet period. */
const LONGEST_STALL_MS = 700;

/** Throws at once, before anything long begins, when a negative control does not fit the product any more. */
export async function openWorkshop(folder: string): Promise<Workshop> {
  await mkdir(folder, { recursive: true });
  const product = await buildProduct(join(folder, 'product'));
  for (const { cuts } of controls) await cutOut(product, cuts);
  return { product, identity: newIdentity(), cache: join(folder, 'cache') };
}

export async function torture(workshop: Workshop, bounds: Bounds, reporter: Reporter) {
  const until = performance.now() + bounds.ms;
  const [figures, catalogue] = [new Figures(), new Catalogue()];
  const random = createRandom(bounds.seed, 'plans');
  const dry = dryPlans(bounds.seed, bounds.short);
  let number = 0;
  const next = (): Plan | null => {
    const plan = dry.shift();
    if (plan) return plan;
    const goesOn = (performance.now() < until && figures.kills < bounds.kills) || figures.kills === 0;
    return goesOn ? catalogue.next(`${bounds.seed}/${++number}`, random) : null;
  };
  const work = async (cell: number): Promise<void> => {
    let cycle = 0;
    for (let plan = next(); plan; plan = next()) {
      const folder = join(bounds.folder, `cell-${cell}-${++cycle}`);
      const result = await steadily(() => runCycle(plan, { ...workshop, folder }), figures);
      figures.add(result);
      catalogue.learn(plan, result.traces);
      for (const point of result.kills) catalogue.killedAt(point);
      reporter.onCycle(result, figures, catalogue);
      if (result.violations.length > 0) reporter.onViolation(result, folder);
    }
  };
  await Promise.all(Array.from({ length: bounds.cells }, (_, cell) => work(cell)));
  return { figures, catalogue };
}

/** Each control until it is caught; side by side. */
export async function runControls(
  workshop: Workshop,
  bounds: Omit<Bounds, 'ms' | 'kills'>,
): Promise<Caught[]> {
  const caught: Caught[] = [];
  const left = [...controls.entries()];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one; one = left.shift()) {
      const [index, control] = one;
      caught.push(
        await runControl(control, workshop, { ...bounds, folder: join(bounds.folder, `control-${index}`) }),
      );
    }
  };
  await Promise.all(Array.from({ length: bounds.cells }, work));
  return caught.toSorted((one, other) => controls.indexOf(one.control) - controls.indexOf(other.control));
}

async function runControl(
  control: Control,
  workshop: Workshop,
  { seed, folder }: Omit<Bounds, 'ms' | 'kills'>,
): Promise<Caught> {
  const product = await productWithout(workshop.product, join(folder, 'product'), control.cuts);
  const { course, strikes, faults, rounds = [] } = control;
  for (let cycles = 1; cycles <= MOST_CONTROL_CYCLES; cycles++) {
    const plan: Plan = { seed: `${seed}/control/${cycles}`, course, strikes, faults, rounds };
    const { violations } = await runCycle(plan, {
      ...workshop,
      product,
      folder: join(folder, `cycle-${cycles}`),
    });
    const found = violations.find(({ offence }) => offence === control.offence);
    if (found) return { control, found: `${found.offence}: ${found.what}`, cycles };
  }
  return { control, found: null, cycles: MOST_CONTROL_CYCLES };
}

/** Once more when this process, with the servers in it, stood still too long for its findings to mean anything. */
async function steadily(run: () => Promise<CycleResult>, figures: Figures): Promise<CycleResult> {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const result = await run().finally(() => delay.disable());
  if (result.violations.length === 0 || delay.max / 1e6 < LONGEST_STALL_MS) return result;
  figures.repeated++;
  return run();
}
