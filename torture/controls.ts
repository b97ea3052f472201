/** Negative controls: the product with one safety cut out. Each must be caught, or the zeros of the others mean nothing. */
import type { Offence } from './offence.ts';
import type { FaultOrder, Plan, Round, Strike } from './plan.ts';
import type { Cut } from './product.ts';

export interface Control {
  name: string;
  cuts: readonly Cut[];
  course: Plan['course'];
  strikes: readonly Strike[];
  faults: readonly FaultOrder[];
  /** None unless told. */
  rounds?: readonly Round[];
  /** What the judge has to find. */
  offence: Offence;
}

const create = 'Contract/createContract';
const NEVER = 1_000_000;
const at = (point: string, how: 'kill' | 'stop' = 'kill'): Strike => ({ how, point, hit: 1, orAfter: NEVER });
/** Not where a server that is not known yet is tried out. */
const inAnswer = (point: string): Strike => ({
  how: 'kill',
  point,
  hit: 1,
  orAfter: NEVER,
  since: 'ledger.planAnswers:after',
});
const onSale = (kind: 'late' | 'drop-after'): FaultOrder => ({ side: 'api', operation: create, kind });

export const controls: readonly Control[] = [
  {
    name: 'no quiet period before a call is looked up',
    cuts: [{ file: 'delivery/doubt.js', text: 'await quietPeriod(doubt, ports);', by: '' }],
    course: 'kills',
    strikes: [],
    faults: [onSale('late'), onSale('late')],
    offence: 'duplicated',
  },
  {
    name: 'a lost call is sent again unasked',
    cuts: [
      {
        file: 'delivery/doubt.js',
        text: "return repeat.mode === 'safe' ? null : lookUp(claim, row, action, doubt, repeat, ports);",
        by: 'return null;',
      },
    ],
    course: 'kills',
    strikes: [],
    faults: [onSale('drop-after'), onSale('drop-after')],
    offence: 'duplicated',
  },
  {
    name: 'the attempt is written after the call',
    cuts: [
      {
        file: 'delivery/row.js',
        text: 'const attempt = await ledger.openAttempt({ ...opened, at: clock.now() });',
        by: `const early = await target.call(action.operation, request, ports).then((value) => ({ value }), (error) => ({ error }));
        const attempt = await ledger.openAttempt({ ...opened, at: clock.now() });`,
      },
      {
        file: 'delivery/row.js',
        text: 'result = await target.call(action.operation, request, ports);',
        by: 'if (early.error) throw early.error; result = early.value;',
      },
    ],
    course: 'kills',
    strikes: [at(`connector.call ${create}:after`)],
    faults: [],
    offence: 'lost',
  },
  {
    name: 'uploads are not read back',
    cuts: [{ file: 'remote/put.js', text: 'await verifyUpload(server, temporary, path, sent);', by: '' }],
    course: 'kills',
    strikes: [],
    faults: [{ side: 'sftp', request: 'WRITE', answer: 'drop-bytes', path: '/out/\\.Sales', skip: 0 }],
    offence: 'partial',
  },
  {
    name: 'answers are uploaded under their final name',
    cuts: [
      {
        file: 'remote/put.js',
        text: 'const temporary = uploadOf(path);',
        by: 'const temporary = path;',
      },
    ],
    course: 'kills',
    strikes: [inAnswer('remote.create /out:chunk')],
    faults: [],
    offence: 'partial',
  },
  {
    name: 'the source is filed before the answer is written',
    cuts: [
      {
        file: 'exchange/acknowledge.js',
        text: 'const planned = await plannedAnswers(arrival, feed, ports);',
        by: `const planned = await plannedAnswers(arrival, feed, ports);
    await ports.remote.move(joinPath(arrival.folder, arrival.name), joinPath(feed.folders.processed, arrival.name)).catch(() => undefined);`,
      },
    ],
    course: 'kills',
    strikes: [inAnswer('remote.create /out:before')],
    faults: [],
    offence: 'lost',
  },
  {
    name: 'a process that stood still goes on unasked',
    cuts: [
      {
        file: 'exchange/lease.js',
        text: 'if (clock.now() < ends.clock && performance.now() < ends.steady)',
        by: 'if (ends)',
      },
    ],
    course: 'pause',
    strikes: [at(`connector.call ${create}:before`, 'stop')],
    faults: [],
    offence: 'duplicated',
  },
  {
    name: 'a retry takes up what was accepted, too',
    cuts: [{ file: 'ledger/retry.js', text: "eb('rows.state', 'in', states),", by: '' }],
    course: 'kills',
    strikes: [],
    faults: [],
    rounds: [{ prefers: 'retry', faults: [], command: null, strikes: [] }],
    offence: 'duplicated',
  },
];
