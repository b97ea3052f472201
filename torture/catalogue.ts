/** The kill points that are known so far. They are found by watching, so that a new boundary joins by itself. */
import { chooseFaults, everyFault } from './faults.ts';
import type { FaultOrder, Plan, Strike } from './plan.ts';
import type { Random } from './random.ts';

interface Entry {
  /** Most hits that were seen in one process. */
  hits: number;
  kills: number;
  /** Plans that were made to reach it while it had no kill. */
  tries: number;
  /** How it was reached first: what was put on, and the strikes before. */
  faults: readonly FaultOrder[];
  after: readonly Strike[];
}

const NEVER = 1_000_000;
/** A point that so many plans could not reach again is left to chance. */
const MOST_TRIES = 4;
/** Many in a row, each during the recovery from the one before: the undisturbed runs at the end cost as much as a strike does. */
const MOST_STRIKES = 12;
/** Fewer where a point is to be reached that was not struck yet. */
const STRIKES_TOWARDS = 5;
/** About as many points as a process crosses. */
const USUAL_POINTS = 400;

export class Catalogue {
  readonly #points = new Map<string, Entry>();

  get size(): number {
    return this.#points.size;
  }

  get killed(): number {
    return [...this.#points.values()].filter(({ kills }) => kills > 0).length;
  }

  neverKilled(): string[] {
    return [...this.#points].flatMap(([point, { kills }]) => (kills === 0 ? [point] : []));
  }

  learn(plan: Plan, traces: readonly { points: readonly string[]; after: readonly Strike[] }[]): void {
    for (const { points, after } of traces) {
      for (const [point, crossed] of Map.groupBy(points, (one) => one)) {
        const known = this.#points.get(point);
        if (known === undefined)
          this.#points.set(point, { hits: crossed.length, kills: 0, tries: 0, faults: plan.faults, after });
        else known.hits = Math.max(known.hits, crossed.length);
      }
    }
  }

  killedAt(point: string): void {
    const entry = this.#points.get(point);
    if (entry) entry.kills++;
  }

  /** The next plan: now and then a pause or a pair; else whatever was not struck yet, then anything, the rarely struck before the others. */
  next(seed: string, random: Random): Plan {
    const faults = chooseFaults(random);
    const course = random.below(10);
    if (course === 0) return { seed, course: 'pause', faults, strikes: [this.#strike(random, 'stop')] };
    if (course === 1)
      return { seed, course: 'two', faults, strikes: [this.#strike(random), this.#strike(random)] };
    const [point, entry] = this.#uncovered()[0] ?? [];
    if (point !== undefined && entry !== undefined) return this.#towards(point, entry, seed, random);
    const strikes = Array.from({ length: 4 + random.below(MOST_STRIKES - 3) }, () => this.#strike(random));
    return { seed, course: 'kills', faults, strikes };
  }

  #towards(point: string, entry: Entry, seed: string, random: Random): Plan {
    entry.tries++;
    const faults = entry.tries === 1 ? entry.faults : [...entry.faults, ...chooseFaults(random)];
    const strikes: Strike[] = [
      ...entry.after.slice(-2),
      { how: 'kill', point, hit: entry.tries, orAfter: NEVER },
    ];
    while (strikes.length < STRIKES_TOWARDS) strikes.push(this.#strike(random));
    return { seed, course: 'kills', faults, strikes };
  }

  #strike(random: Random, how: 'kill' | 'stop' = 'kill'): Strike {
    if (how === 'kill' && random.chance(0.15)) return { how: 'kill-at', afterMs: random.below(1200) };
    const points = [...this.#points];
    const [one, other] = [random.pick(points), random.pick(points)];
    const [point, { hits }] = one[1].kills <= other[1].kills ? one : other;
    const hit = 1 + random.below(Math.min(hits, 6));
    return { how, point, hit, orAfter: 20 + random.below(USUAL_POINTS) };
  }

  #uncovered(): [string, Entry][] {
    return [...this.#points]
      .filter(([, { kills, tries }]) => kills === 0 && tries < MOST_TRIES)
      .sort(([, one], [, other]) => one.tries - other.tries);
  }
}

/** Plans without a strike that find the points: an honest world, then every fault, a few at a time. */
export function dryPlans(seed: string): Plan[] {
  const faults = everyFault();
  const plain: Plan[] = [0, 1].map((n) => ({
    seed: `${seed}/dry/${n}`,
    course: 'kills',
    strikes: [],
    faults: [],
  }));
  const faulty = Array.from({ length: 6 }, (_, n): Plan => {
    const own = faults.filter((_fault, index) => index % 6 === n);
    return { seed: `${seed}/dry/f${n}`, course: 'kills', strikes: [], faults: own };
  });
  return [...plain, ...faulty];
}
