/** Rounds: a person has what was rejected or parked decided or worked off again, and the product goes on with it. */
import { setTimeout as wait } from 'node:timers/promises';
import { answersIn, coursesOf } from './answers.ts';
import type { Ended } from './child.ts';
import { metIn, putOn } from './faults.ts';
import { type Act, type Arrival, actOf } from './person.ts';
import type { Plan, Round } from './plan.ts';
import type { Processes } from './processes.ts';
import { createRandom } from './random.ts';
import { LAST_LATE_MS, type World } from './world.ts';

/** How often a command is given that is killed each time; only the first is struck. */
const MOST_TRIES = 3;
const REFUSED = [2, 3];

/** Whether there was anything to do. */
export async function workRound(
  { prefers, faults, command, strikes }: Round,
  index: number,
  { seed }: Plan,
  processes: Processes,
  world: World,
): Promise<boolean> {
  processes.stage = { of: 'command', round: index };
  const act = await nextAct(prefers, `${seed}/${index}`, processes, world);
  if (!act) return false;
  putOn(world, faults);
  await carryOut(act, command, processes);
  processes.stage = { of: 'round', round: index };
  await processes.oneByOne(strikes);
  await processes.untilQuiet(strikes);
  return true;
}

/** A person asks the API before deciding, when nothing can be under way there any more. */
async function nextAct(
  prefers: Round['prefers'],
  seed: string,
  processes: Processes,
  world: World,
): Promise<Act | null> {
  if ([...metIn(world).keys()].some((kind) => kind.endsWith(' late'))) await wait(LAST_LATE_MS);
  const { out } = await processes.lookAround();
  const courses = coursesOf(answersIn(out, processes.sent));
  const listed = await processes.command(['files', '--json']);
  const arrivals: Arrival[] = JSON.parse(listed.output);
  return actOf(prefers, createRandom(seed, 'person'), courses, arrivals, world.effects());
}

/** When the command was killed it is simply given again: it is taken, or refused because it was taken before. */
async function carryOut(
  { args, decision }: Act,
  strike: Round['command'],
  processes: Processes,
): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const ended = await processes.command(args, tries === 0 && strike ? strike : undefined);
    if (ended.code === null) continue;
    if (!wasTaken(ended, tries)) processes.found('stuck', `${args.join(' ')} was refused: ${ended.output}`);
    processes.decisions.push(decision);
    return;
  }
}

const wasTaken = ({ code }: Ended, tries: number): boolean =>
  code === 0 || (tries > 0 && code !== null && REFUSED.includes(code));
