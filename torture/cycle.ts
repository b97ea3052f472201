/** One cycle: files come, processes are struck down while they work on them, others finish, and what is then there is judged. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Child, type Ended, start } from './child.ts';
import { healMail, metIn, putOn } from './faults.ts';
import { filesOf, hashOf, type SentFile } from './files.ts';
import {
  answersIn,
  type Counts,
  countsOf,
  type Folders,
  judgeContracts,
  judgeEnd,
  judgeLeftOvers,
  judgeMoment,
  type Violation,
  wholeIn,
} from './judge.ts';
import { filesIn, integrityOf, leaksIn, lookAt } from './observe.ts';
import type { Plan, Strike } from './plan.ts';
import type { Product } from './product.ts';
import { createRandom } from './random.ts';
import { judgeTold } from './told.ts';
import { type Identity, LEASE_MS, openWorld, secretsOf, type World } from './world.ts';

export interface Place {
  product: Product;
  identity: Identity;
  /** Where compiled code is kept between processes. */
  cache: string;
  /** Of this cycle; kept when it ends in a violation. */
  folder: string;
}

export interface CycleResult {
  plan: Plan;
  violations: Violation[];
  /** Where processes were killed. */
  kills: string[];
  /** Those of them that were finishing the work of one killed before. */
  killsInRecovery: number;
  /** Processes that stood still past their lease. */
  pauses: number;
  /** What each process crossed, in the order of their starts; the strikes before it. */
  traces: { points: readonly string[]; after: readonly Strike[] }[];
  faults: Map<string, number>;
  files: number;
  counts: Counts;
  /** From the first undisturbed start after a kill until everything was done. */
  recoveryMs: number | null;
}

const MOST_RUNS = 15;
/** A stopped process may hold the ledger's lock: then others get on only when it goes on. */
const PAUSE_MS = 20_000;
/** Past the longest pause of the outbox. */
const NEXT_TRY_MS = 2 * 3_600_000;
const TRIES_TO_TELL = 3;
const LAST_LATE_MS = 1100;

export async function runCycle(plan: Plan, place: Place): Promise<CycleResult> {
  const world = await openWorld(place.folder, place.identity, place.product, plan.seed.endsWith('1'));
  const cycle = new Cycle(plan, place, world);
  try {
    return await cycle.run();
  } finally {
    await world.close();
    if (cycle.result.violations.length === 0) await rm(place.folder, { recursive: true, force: true });
    else await writeFile(join(place.folder, 'plan.json'), JSON.stringify(plan, null, 2));
  }
}

class Cycle {
  readonly result: CycleResult;
  readonly #plan: Plan;
  readonly #place: Place;
  readonly #world: World;
  readonly #outputs: string[] = [];
  readonly #toCome: SentFile[];
  readonly #sent: SentFile[] = [];
  /** Answers and rejects files that were seen, by name and hash. */
  readonly #seen = new Map<string, string>();

  constructor(plan: Plan, place: Place, world: World) {
    this.#plan = plan;
    this.#place = place;
    this.#world = world;
    this.#toCome = filesOf(createRandom(plan.seed, 'files'), world.existing);
    this.result = {
      plan,
      violations: [],
      kills: [],
      killsInRecovery: 0,
      pauses: 0,
      traces: [],
      faults: new Map(),
      files: this.#toCome.length,
      counts: { rows: 0, accepted: 0, rejected: 0, duplicate: 0, parked: 0 },
      recoveryMs: null,
    };
  }

  async run(): Promise<CycleResult> {
    const { course, strikes, faults } = this.#plan;
    putOn(this.#world, faults);
    if (course === 'pause') await this.#pause(strikes);
    else if (course === 'two') await this.#two(strikes);
    else await this.#oneByOne(strikes);
    const began = performance.now();
    await this.#untilQuiet();
    if (this.result.kills.length > 0) this.result.recoveryMs = performance.now() - began;
    this.result.faults = metIn(this.#world);
    if ([...this.result.faults.keys()].some((kind) => kind.endsWith(' late'))) await wait(LAST_LATE_MS);
    await this.#judgeEnd();
    return this.result;
  }

  async #oneByOne(strikes: readonly Strike[]): Promise<void> {
    for (const [index, strike] of strikes.entries()) {
      const ended = await this.#note((await this.#start(strike)).ended, strikes.slice(0, index));
      if (ended.signal === null && (await this.#isQuiet(ended))) return;
    }
  }

  /** The first stands still until the others are done, or for as long as they may have to wait for it. */
  async #pause([stop, ...others]: readonly Strike[]): Promise<void> {
    const paused = await this.#start(stop);
    await paused.stopped;
    await wait(LEASE_MS + 200);
    const rest = this.#oneByOne(others).then(() => this.#untilQuiet());
    await Promise.race([rest, wait(PAUSE_MS)]);
    paused.goOn();
    await this.#note(paused.ended, []);
    await rest;
  }

  async #two(strikes: readonly Strike[]): Promise<void> {
    const both = [await this.#start(strikes[0]), await this.#start(strikes[1])];
    await Promise.all(both.map((child) => this.#note(child.ended, [])));
  }

  async #untilQuiet(): Promise<void> {
    for (let run = 0; run < MOST_RUNS; run++) {
      const { ended } = await this.#start();
      const quiet = await this.#isQuiet(await this.#note(ended, this.#plan.strikes));
      healMail(this.#world);
      if (quiet) return;
    }
    this.result.violations.push({ offence: 'stuck', what: `not done after ${MOST_RUNS} undisturbed runs` });
  }

  async #start(strike?: Strike, shiftMs = 0): Promise<Child> {
    await this.#dropWhatCan();
    const { product, cache, folder } = this.#place;
    return start({ bin: product.bin, cache, folder, args: ['once', '-c', 'config'], strike, shiftMs });
  }

  /** Takes down how a process ended, and looks around before another one can tidy up. */
  async #note(ending: Promise<Ended>, after: readonly Strike[]): Promise<Ended> {
    const ended = await ending;
    const { result } = this;
    this.#outputs.push(ended.output);
    result.traces.push({ points: ended.points, after });
    if (ended.hung) result.violations.push({ offence: 'stuck', what: 'a process did not end by itself' });
    else if (ended.signal === 'SIGKILL') {
      if (result.kills.length > 0) result.killsInRecovery++;
      result.kills.push(ended.struckAt ?? 'before the first boundary');
    } else if (ended.struckAt !== null) result.pauses++;
    if (ended.code !== null && ![0, 3].includes(ended.code))
      throw new Error(`the product cannot work at all, it ended with ${ended.code}: ${ended.output}`);
    await this.#lookAround();
    return ended;
  }

  async #lookAround(): Promise<Folders> {
    const sent = [...this.#sent];
    const folders = await lookAt(this.#world.root);
    this.result.violations.push(...judgeMoment(sent, folders, this.#seen));
    for (const { name, bytes } of wholeIn(folders, sent)) this.#seen.set(name, hashOf(bytes));
    return folders;
  }

  /** As a careful partner does it: whole files, and never one over another. */
  async #dropWhatCan(): Promise<void> {
    const inbound = join(this.#world.root, 'in');
    const taken = new Set((await filesIn(inbound)).map(({ name }) => name));
    for (const file of [...this.#toCome]) {
      if (taken.has(file.name)) continue;
      taken.add(file.name);
      await writeFile(join(inbound, '.dropping'), file.content);
      this.#toCome.splice(this.#toCome.indexOf(file), 1);
      this.#sent.push(file);
      await rename(join(inbound, '.dropping'), join(inbound, file.name));
    }
  }

  async #isQuiet({ code, output }: Ended): Promise<boolean> {
    if (this.#toCome.length > 0 || code === null || output.includes('waits: ')) return false;
    const left = await filesIn(join(this.#world.root, 'in'));
    return !left.some(({ name }) => this.#sent.some((file) => file.name === name));
  }

  async #leftOvers(): Promise<Violation[]> {
    const spool = await filesIn(join(this.#place.folder, 'ledger', 'spool'));
    return judgeLeftOvers(await lookAt(this.#world.root), spool);
  }

  async #judgeEnd(): Promise<void> {
    const { result } = this;
    // What could not be tidied up because the server was gone has to go with the next poll.
    if ((await this.#leftOvers()).length > 0)
      await this.#note((await this.#start()).ended, this.#plan.strikes);
    const folders = await this.#lookAround();
    const answers = answersIn(folders, this.#sent);
    result.counts = countsOf(answers);
    const { folder } = this.#place;
    const { servify, mail } = this.#world;
    for (let tries = 0; judgeTold(answers, mail.messages()).length > 0 && tries < TRIES_TO_TELL; tries++)
      await this.#note((await this.#start(undefined, NEXT_TRY_MS * (tries + 1))).ended, this.#plan.strikes);
    const ledger = await filesIn(join(folder, 'ledger'));
    const integrity = integrityOf(join(folder, 'ledger', 'ledger.db'));
    const texts = { outputs: this.#outputs, mails: mail.messages(), folders, ledger };
    const leaks = leaksIn(texts, secretsOf(this.#place.identity));
    result.violations.push(
      ...judgeEnd(this.#sent, folders, this.#world.effects()),
      ...judgeContracts(answers, servify.contracts),
      ...judgeTold(answers, mail.messages()),
      ...(await this.#leftOvers()),
      ...(integrity === 'ok' ? [] : [{ offence: 'damaged' as const, what: `the ledger: ${integrity}` }]),
      ...leaks.map((what) => ({ offence: 'secret' as const, what })),
    );
    if (result.violations.length > 0)
      await writeFile(join(folder, 'outputs.txt'), this.#outputs.join('\n—\n'));
  }
}
