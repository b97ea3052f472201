/** One cycle: files come, processes are struck down while they work on them, others finish, and what is then there is judged. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { answersIn, coursesOf } from './answers.ts';
import { metIn, putOn } from './faults.ts';
import { type Counts, countsOf, judgeEnd, judgeLeftOvers } from './judge.ts';
import { filesIn, integrityOf, leaksIn, lookAt } from './observe.ts';
import type { Violation } from './offence.ts';
import { judgeContracts } from './outcomes.ts';
import type { Plan, Strike } from './plan.ts';
import { type Happened, Processes } from './processes.ts';
import type { Product } from './product.ts';
import { workRound } from './rounds.ts';
import { judgeTold } from './told.ts';
import { type Identity, LAST_LATE_MS, LEASE_MS, openWorld, secretsOf, type World } from './world.ts';

export interface Place {
  product: Product;
  identity: Identity;
  /** Where compiled code is kept between processes. */
  cache: string;
  /** Of this cycle; kept when it ends in a violation. */
  folder: string;
}

export interface CycleResult extends Happened {
  plan: Plan;
  faults: Map<string, number>;
  files: number;
  counts: Counts;
  /** What a person decided or had worked off again. */
  decisions: number;
  /** Of these, rows that were decided about one by one. */
  resolved: number;
  supplements: number;
  /** From the first undisturbed start after a kill until everything was done. */
  recoveriesMs: number[];
}

/** A stopped process may hold the ledger's lock: then others get on only when it goes on. */
const PAUSE_MS = 20_000;
/** Past the longest pause of the outbox. */
const NEXT_TRY_MS = 2 * 3_600_000;
const TRIES_TO_TELL = 3;

export async function runCycle(plan: Plan, place: Place): Promise<CycleResult> {
  const world = await openWorld(place.folder, place.identity, place.product, plan.seed.endsWith('1'));
  const processes = new Processes(plan, place, world);
  try {
    return await new Cycle(plan, place, world, processes).run();
  } finally {
    await world.close();
    if (processes.happened.violations.length === 0) await rm(place.folder, { recursive: true, force: true });
    else await writeFile(join(place.folder, 'plan.json'), JSON.stringify(plan, null, 2));
  }
}

class Cycle {
  readonly #plan: Plan;
  readonly #place: Place;
  readonly #world: World;
  readonly #processes: Processes;

  constructor(plan: Plan, place: Place, world: World, processes: Processes) {
    this.#plan = plan;
    this.#place = place;
    this.#world = world;
    this.#processes = processes;
  }

  async run(): Promise<CycleResult> {
    const { course, strikes, faults, rounds } = this.#plan;
    const { happened } = this.#processes;
    putOn(this.#world, faults);
    if (course === 'pause') await this.#pause(strikes);
    else if (course === 'two') await this.#two(strikes);
    else await this.#processes.oneByOne(strikes);
    const began = performance.now();
    await this.#processes.untilQuiet(strikes);
    const recoveriesMs = happened.kills.length > 0 ? [performance.now() - began] : [];
    for (const [index, round] of rounds.entries())
      if (!(await workRound(round, index, this.#plan, this.#processes, this.#world))) break;
    const met = metIn(this.#world);
    if ([...met.keys()].some((kind) => kind.endsWith(' late'))) await wait(LAST_LATE_MS);
    return { plan: this.#plan, faults: met, recoveriesMs, ...(await this.#judgeEnd()), ...happened };
  }

  /** The first stands still until the others are done, or for as long as they may have to wait for it. */
  async #pause([stop, ...others]: readonly Strike[]): Promise<void> {
    const paused = await this.#processes.start(stop);
    await paused.stopped;
    await wait(LEASE_MS + 200);
    const rest = this.#processes.oneByOne(others).then(() => this.#processes.untilQuiet(others));
    await Promise.race([rest, wait(PAUSE_MS)]);
    paused.goOn();
    await this.#processes.note(paused.ended, []);
    await rest;
  }

  async #two(strikes: readonly Strike[]): Promise<void> {
    const both = [await this.#processes.start(strikes[0]), await this.#processes.start(strikes[1])];
    await Promise.all(both.map((child) => this.#processes.note(child.ended, [])));
  }

  async #leftOvers(): Promise<Violation[]> {
    const spool = await filesIn(join(this.#place.folder, 'ledger', 'spool'));
    return judgeLeftOvers(await lookAt(this.#world.root), spool);
  }

  async #judgeEnd(): Promise<
    Pick<CycleResult, 'files' | 'counts' | 'decisions' | 'resolved' | 'supplements'>
  > {
    const { sent, decisions, outputs, happened } = this.#processes;
    const { strikes } = this.#plan;
    // What could not be tidied up because the server was gone has to go with the next poll.
    if ((await this.#leftOvers()).length > 0) await this.#processes.poll(undefined, strikes);
    const folders = await this.#processes.lookAround();
    const answers = answersIn(folders.out, sent);
    const courses = coursesOf(answers);
    const { folder } = this.#place;
    const { servify, mail } = this.#world;
    for (let tries = 0; judgeTold(courses, mail.messages()).length > 0 && tries < TRIES_TO_TELL; tries++)
      await this.#processes.poll(undefined, strikes, NEXT_TRY_MS * (tries + 1));
    const ledger = await filesIn(join(folder, 'ledger'));
    const integrity = integrityOf(join(folder, 'ledger', 'ledger.db'));
    const leaks = leaksIn(
      { outputs, mails: mail.messages(), folders, ledger },
      secretsOf(this.#place.identity),
    );
    happened.violations.push(
      ...judgeEnd(sent, folders, this.#world.effects(), decisions),
      ...judgeContracts(courses, servify.contracts),
      ...judgeTold(courses, mail.messages()),
      ...(await this.#leftOvers()),
      ...(integrity === 'ok' ? [] : [{ offence: 'damaged' as const, what: `the ledger: ${integrity}` }]),
      ...leaks.map((what) => ({ offence: 'secret' as const, what })),
    );
    if (happened.violations.length > 0) await writeFile(join(folder, 'outputs.txt'), outputs.join('\n—\n'));
    return {
      files: sent.length,
      counts: countsOf(courses),
      decisions: decisions.length,
      resolved: decisions.filter(({ what }) => what !== 'retry').length,
      supplements: answers.filter(({ round }) => round > 0).length,
    };
  }
}
