/** How a simulated system is looked into and told to misbehave over HTTP, on a path of its own. It takes no login: it listens on loopback only. */
import { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import type { Answer } from './answering.ts';
import { type FaultQueue, fault } from './faults.ts';
import type { Journal } from './journal.ts';
import type { Lever } from './lever.ts';
import type { SimulatedSystem } from './simulated-system.ts';
import type { Tally } from './tally.ts';

export const controlPath = '/_sandbox';

/** What the controls work on. */
export interface Controlled {
  system: SimulatedSystem;
  faults: FaultQueue;
  calls: Tally;
  journal: Journal;
  reset(): void;
}

type Deed = (desk: Controlled, body: string) => Answer;

const deeds: Readonly<Record<string, Deed>> = {
  'GET ': ({ system, calls }) =>
    shown({
      operations: system.operations,
      calls: Object.fromEntries(calls.counts),
      controls: [...Object.keys(deeds), ...leversOf(system).map(([name]) => `POST /${name}`)].map((line) =>
        line.replace(/ \/?/, ` ${controlPath}/`).replace(/\/$/, ''),
      ),
    }),
  'GET /state': ({ system }) => shown(system.state()),
  'GET /effects': ({ system }) => shown(Object.fromEntries(system.effects.counts)),
  'GET /requests': ({ system, journal }) =>
    shown(journal.entries().map((entry) => ({ ...entry, body: readable(system, entry.body) }))),
  'GET /faults': ({ faults }) => shown({ waiting: faults.waiting(), met: Object.fromEntries(faults.met) }),
  'POST /faults': planFault,
  'DELETE /faults': ({ faults }) => {
    faults.clear();
    return shown({ waiting: {} });
  },
  'POST /reset': (desk) => {
    desk.reset();
    return shown({ reset: true });
  },
};

export function answerControl(desk: Controlled, method: string, path: string, body: string): Answer {
  const rest = path.slice(controlPath.length).replace(/\/$/, '');
  const deed = deeds[`${method} ${rest}`];
  if (deed !== undefined) return deed(desk, body);
  const own = leversOf(desk.system).find(([name]) => rest === `/${name}` && method === 'POST');
  if (own !== undefined) return pull(own[1], body);
  return refused(404, `there is no control ${method} ${path}; GET ${controlPath} lists them`);
}

const leversOf = ({ levers = {} }: SimulatedSystem): [string, Lever][] => Object.entries(levers);

const plan = z.strictObject({
  operation: z.string(),
  fault,
  times: z.int().positive().max(1_000_000).default(1),
});

function planFault({ system, faults }: Controlled, body: string): Answer {
  const given = read(body);
  const fit = plan.safeParse(given);
  if (!fit.success) return refused(400, problemsOf(fit.error));
  const { operation, times } = fit.data;
  if (!system.operations.includes(operation)) {
    const close = nearest(operation, system.operations);
    const hint = close === undefined ? `GET ${controlPath} lists them` : `did you mean ${close}?`;
    return refused(404, `there is no operation ${operation}; ${hint}`);
  }
  faults.next(operation, fit.data.fault, times);
  return shown({ waiting: faults.waiting() });
}

function pull(own: Lever, body: string): Answer {
  const given = read(body);
  const fit = own.body.safeParse(given);
  if (!fit.success) return refused(400, problemsOf(fit.error));
  const made = own.pull(given);
  return made === undefined ? refused(404, 'there is nothing of that name') : shown(made);
}

/** `undefined` when it is not JSON. */
function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** JSON as what it says, other text as it is. */
function readable(system: SimulatedSystem, body: string): unknown {
  const plain = system.reveal?.(body) ?? read(body);
  return plain === undefined ? body : plain;
}

const problemsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; ');

/** Spread over lines, for people. */
const shown = (value: unknown, status = 200): Answer => ({
  status,
  body: `${JSON.stringify(value, null, 2)}\n`,
});

const refused = (status: number, problem: string): Answer => shown({ problem }, status);
