import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { start } from '../support/cli.ts';
import { csv, sale } from '../support/sales.ts';

const name = 'Sales_20240611.csv';

let folder: string;
let rehearsal: Rehearsal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '20ms' });
  await writeFile(join(rehearsal.partnerRoot, 'in', name), csv([sale(1, { State: '' }), sale(2)]));
});
afterEach(async () => {
  await rehearsal.close();
  await rm(folder, { recursive: true, force: true });
});

/** Ends the process with a kill when it comes to this point; see `src/base/boundary.ts`. */
const killedAt = (point: string): Record<string, string> => {
  const hook = `globalThis[Symbol.for('tidegate.boundary')] = (at) => { if (at === '${point}') process.kill(process.pid, 'SIGKILL'); }`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
};
const once = (env = {}) => start(['once', '-c', rehearsal.configFolder], env);

it.each<[moment: string, point: string, mailed: number]>([
  ['between its record and its mail', 'ledger.raise:after', 1],
  ['between its mail and the record of that', 'ledger.messageSent:before', 2],
  ['after its record, before the step that caused it is left', 'ledger.acknowledged:before', 1],
])(
  'a notice whose process is killed %s is one notice, mailed at least once and under one Message-ID',
  async (_moment, point, mailed) => {
    const first = once(killedAt(point));
    await first.finished;
    expect(first.child.signalCode).toBe('SIGKILL');

    expect((await once().finished).code).toBeLessThanOrEqual(3);
    expect(await readdir(join(rehearsal.partnerRoot, 'processed'))).toEqual([name]);
    const ledger = await openLedger({ file: join(folder, 'ledger', 'ledger.db'), readOnly: true });
    expect(await ledger.notices(1)).toMatchObject([{ kind: 'rows-rejected', sentAt: expect.any(Number) }]);
    await ledger.close();
    const messages = rehearsal.mail.messages();
    expect(messages.length).toBeGreaterThanOrEqual(mailed);
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(1);
  },
);
