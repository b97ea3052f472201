/** The kill points that are known so far. They are found by watching, so that a new boundary joins by itself. */
import { chooseDoubts, chooseFaults, everyDoubt, everyFault } from './faults.ts';
import type { Plan, Round, Strike } from './plan.ts';
import type { Random } from './random.ts';

/** What one process crossed. */
export interface Trace {
  points: readonly string[];
  /** The strikes before it, in the same stage. */
  after: readonly Strike[];
  stage: Stage;
}

/** While the files are worked off; or in a round, by its index: a person's command, or the processes that go on with it. */
export type Stage = { of: 'files' } | { of: 'command' | 'round'; round: number };

interface Entry {
  /** Most hits that were seen in one process. */
  hits: number;
  kills: number;
  /** Plans that were made to reach it while it had no kill. */
  tries: number;
  /** How it was reached first. */
  plan: Plan;
  after: readonly Strike[];
  stage: Stage;
}

const NEVER = 1_000_000;
/** A point that so many plans could not reach again is left to chance. */
const MOST_TRIES = 4;
/** Many in a row, each during the recovery from the one before: the undisturbed runs at the end cost as much as a strike does. */
const MOST_STRIKES = 24;
/** Fewer where a point is to be reached that was not struck yet. */
const STRIKES_TOWARDS = 5;
const MOST_STRIKES_IN_ROUND = 3;
const MOST_ROUNDS = 3;
/** Well below what a process crosses on its way, so that many are needed to get there. */
const USUAL_POINTS = 160;
const USUAL_POINTS_IN_ROUND = 100;
const LONGEST_COMMAND_MS = 40;

export class Catalogue {
  readonly #points = new Map<string, Entry>();
  /** Points of a person's commands, most of which other processes cross as well. */
  readonly #inCommands = new Set<string>();

  get size(): number {
    return this.#points.size;
  }

  get killed(): number {
    return [...this.#points.values()].filter(({ kills }) => kills > 0).length;
  }

  neverKilled(): string[] {
    return [...this.#points].flatMap(([point, { kills }]) => (kills === 0 ? [point] : []));
  }

  learn(plan: Plan, traces: readonly Trace[]): void {
    for (const { points, after, stage } of traces) {
      for (const [point, crossed] of Map.groupBy(points, (one) => one)) {
        const [known, hits] = [this.#points.get(point), crossed.length];
        if (known === undefined) this.#points.set(point, { hits, kills: 0, tries: 0, plan, after, stage });
        else known.hits = Math.max(known.hits, hits);
        if (stage.of === 'command') this.#inCommands.add(point);
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
    if (course === 0)
      return { seed, course: 'pause', faults, strikes: [this.#strike(random, 'stop')], rounds: [] };
    if (course === 1) {
      const strikes = [this.#strike(random), this.#strike(random)];
      return { seed, course: 'two', faults, strikes, rounds: this.#rounds(random) };
    }
    const [point, entry] = this.#uncovered()[0] ?? [];
    if (point !== undefined && entry !== undefined) return this.#towards(point, entry, seed, random);
    const strikes = Array.from({ length: 4 + random.below(MOST_STRIKES - 3) }, () => this.#strike(random));
    const rounds = this.#rounds(random);
    const doubts = rounds.length > 0 ? chooseDoubts(random) : [];
    return { seed, course: 'kills', faults: [...faults, ...doubts], strikes, rounds };
  }

  #towards(point: string, entry: Entry, seed: string, random: Random): Plan {
    entry.tries++;
    const { plan, stage } = entry;
    const faults = entry.tries === 1 ? plan.faults : [...plan.faults, ...chooseFaults(random)];
    const strike: Strike = { how: 'kill', point, hit: entry.tries, orAfter: NEVER };
    const strikes: Strike[] = [...entry.after.slice(-2), strike];
    if (stage.of === 'files') {
      while (strikes.length < STRIKES_TOWARDS) strikes.push(this.#strike(random));
      return { seed, course: 'kills', faults, strikes, rounds: [] };
    }
    // What can be decided depends on files and faults: both as they were.
    const rounds = plan.rounds.slice(0, stage.round + 1).map((round, index): Round => {
      if (index < stage.round) return { ...round, command: null, strikes: [] };
      // A command crosses a point of its own once.
      if (stage.of === 'command') return { ...round, command: { ...strike, hit: 1 } };
      return { ...round, command: null, strikes: [...strikes, this.#strikeInRound(random)] };
    });
    return { ...plan, rounds };
  }

  #rounds(random: Random): Round[] {
    if (random.chance(0.5)) return [];
    return Array.from({ length: 1 + random.below(MOST_ROUNDS) }, (): Round => {
      const strikes = Array.from({ length: random.below(MOST_STRIKES_IN_ROUND + 1) }, () =>
        this.#strikeInRound(random),
      );
      return {
        prefers: random.pick(['resolve', 'retry']),
        faults: random.chance(0.5) ? chooseFaults(random) : [],
        command: random.chance(0.5) ? this.#strikeInCommand(random) : null,
        strikes,
      };
    });
  }

  #strike(random: Random, how: 'kill' | 'stop' = 'kill', within = USUAL_POINTS): Strike {
    if (how === 'kill' && random.chance(0.15)) return { how: 'kill-at', afterMs: random.below(1200) };
    const points = [...this.#points];
    const [one, other] = [random.pick(points), random.pick(points)];
    const [point, { hits }] = one[1].kills <= other[1].kills ? one : other;
    const hit = 1 + random.below(Math.min(hits, 6));
    return { how, point, hit, orAfter: 20 + random.below(within) };
  }

  #strikeInRound(random: Random): Strike {
    return this.#strike(random, 'kill', USUAL_POINTS_IN_ROUND);
  }

  #strikeInCommand(random: Random): Strike {
    const points = [...this.#inCommands];
    if (points.length === 0 || random.chance(0.2))
      return { how: 'kill-at', afterMs: random.below(LONGEST_COMMAND_MS) };
    return { how: 'kill', point: random.pick(points), hit: 1, orAfter: NEVER };
  }

  #uncovered(): [string, Entry][] {
    return [...this.#points]
      .filter(([, { kills, tries }]) => kills === 0 && tries < MOST_TRIES)
      .sort(([, one], [, other]) => one.tries - other.tries);
  }
}

/** Plans without a strike that find the points: an honest world, then every fault, a few at a time, then rounds of decisions and retries. In short, more faults at a time. */
export function dryPlans(seed: string, short: boolean): Plan[] {
  const [groups, times] = short ? [3, [0]] : [6, [0, 1]];
  const faults = everyFault();
  const dry = { course: 'kills', strikes: [], faults: [], rounds: [] } as const;
  const plain = times.map((n): Plan => ({ ...dry, seed: `${seed}/dry/${n}` }));
  const faulty = Array.from({ length: groups }, (_, n): Plan => {
    const own = faults.filter((_fault, index) => index % groups === n);
    return { ...dry, seed: `${seed}/dry/f${n}`, faults: own };
  });
  const inRounds = times.map((n): Plan => {
    const rounds = (['resolve', 'retry'] as const).map(
      (prefers): Round => ({ prefers, faults: [], command: null, strikes: [] }),
    );
    return { ...dry, seed: `${seed}/dry/r${n}`, faults: everyDoubt, rounds };
  });
  return [...plain, ...faulty, ...inRounds];
}
