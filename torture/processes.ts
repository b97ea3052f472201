/** The processes of one cycle: each starts when the partner has dropped what he can, and when it ends, everything is looked at before another one can tidy up. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedIn, visible } from './answers.ts';
import type { Stage, Trace } from './catalogue.ts';
import { type Child, type Ended, start } from './child.ts';
import { healMail } from './faults.ts';
import { filesOf, hashOf, type SentFile } from './files.ts';
import { type Folders, judgeMoment } from './judge.ts';
import { filesIn, lookAt } from './observe.ts';
import type { Violation } from './offence.ts';
import type { Decision } from './person.ts';
import type { Plan, Strike } from './plan.ts';
import type { Product } from './product.ts';
import { createRandom } from './random.ts';
import type { World } from './world.ts';

export interface Happened {
  violations: Violation[];
  /** Where processes were killed. */
  kills: string[];
  /** Those of them that were finishing the work of one killed before. */
  killsInRecovery: number;
  /** Processes that stood still past their lease. */
  pauses: number;
  /** What each process crossed, in the order of their starts. */
  traces: Trace[];
}

/** What is the same for all processes of a cycle. */
export type Bench = { product: Product; cache: string; folder: string };

const MOST_RUNS = 15;
const POLL = ['once'];

export class Processes {
  readonly happened: Happened = { violations: [], kills: [], killsInRecovery: 0, pauses: 0, traces: [] };
  readonly sent: SentFile[] = [];
  readonly outputs: string[] = [];
  /** What a person has decided so far. */
  readonly decisions: Decision[] = [];
  stage: Stage = { of: 'files' };
  readonly #bench: Bench;
  readonly #world: World;
  readonly #toCome: SentFile[];
  /** Answers and rejects files that were seen, by name and hash. */
  readonly #seen = new Map<string, string>();

  constructor(plan: Plan, bench: Bench, world: World) {
    this.#bench = bench;
    this.#world = world;
    this.#toCome = filesOf(createRandom(plan.seed, 'files'), world.existing);
  }

  /** A process that polls once. */
  async start(strike?: Strike, shiftMs = 0): Promise<Child> {
    await this.#dropWhatCan();
    return this.#spawn(POLL, strike, shiftMs);
  }

  /** Polls once, to its end. */
  async poll(strike: Strike | undefined, after: readonly Strike[], shiftMs = 0): Promise<Ended> {
    return this.note((await this.start(strike, shiftMs)).ended, after);
  }

  /** A command of a person, which may also be refused. */
  async command(args: readonly string[], strike?: Strike): Promise<Ended> {
    return this.#note(await this.#spawn(args, strike).ended, []);
  }

  #spawn(args: readonly string[], strike?: Strike, shiftMs = 0): Child {
    const { product, cache, folder } = this.#bench;
    return start({ bin: product.bin, cache, folder, args: [...args, '-c', 'config'], strike, shiftMs });
  }

  /** One after the other, each struck, until nothing is left to do. */
  async oneByOne(strikes: readonly Strike[]): Promise<void> {
    for (const [index, strike] of strikes.entries()) {
      const ended = await this.poll(strike, strikes.slice(0, index));
      if (ended.signal === null && (await this.#isQuiet(ended))) return;
    }
  }

  /** @param after the strikes before */
  async untilQuiet(after: readonly Strike[]): Promise<void> {
    for (let run = 0; run < MOST_RUNS; run++) {
      const quiet = await this.#isQuiet(await this.poll(undefined, after));
      healMail(this.#world);
      if (quiet) return;
    }
    this.found('stuck', `not done after ${MOST_RUNS} undisturbed runs`);
  }

  /** Takes down how a polling process ended. */
  async note(ending: Promise<Ended>, after: readonly Strike[]): Promise<Ended> {
    const ended = await this.#note(await ending, after);
    if (ended.code !== null && ![0, 3].includes(ended.code))
      throw new Error(`the product cannot work at all, it ended with ${ended.code}: ${ended.output}`);
    return ended;
  }

  async #note(ended: Ended, after: readonly Strike[]): Promise<Ended> {
    const { happened } = this;
    this.outputs.push(ended.output);
    happened.traces.push({ points: ended.points, after, stage: this.stage });
    if (ended.hung) this.found('stuck', 'a process did not end by itself');
    else if (ended.signal === 'SIGKILL') {
      if (happened.kills.length > 0) happened.killsInRecovery++;
      happened.kills.push(ended.struckAt ?? 'before the first boundary');
    } else if (ended.struckAt !== null) happened.pauses++;
    await this.lookAround();
    return ended;
  }

  found(offence: Violation['offence'], what: string): void {
    this.happened.violations.push({ offence, what });
  }

  async lookAround(): Promise<Folders> {
    const sent = [...this.sent];
    const folders = await lookAt(this.#world.root);
    this.happened.violations.push(...judgeMoment(sent, folders, this.#seen, this.decisions));
    const unfinished = new Set(unfinishedIn(folders.out, sent));
    const whole = visible(folders.out).filter((found) => !unfinished.has(found));
    for (const { name, bytes } of whole) this.#seen.set(name, hashOf(bytes));
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
      this.sent.push(file);
      await rename(join(inbound, '.dropping'), join(inbound, file.name));
    }
  }

  async #isQuiet({ code, output }: Ended): Promise<boolean> {
    if (this.#toCome.length > 0 || code === null || output.includes('waits: ')) return false;
    const left = await filesIn(join(this.#world.root, 'in'));
    return !left.some(({ name }) => this.sent.some((file) => file.name === name));
  }
}
