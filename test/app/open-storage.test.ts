import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openApp } from '../../src/app/app.ts';
import { createLog } from '../../src/app/log.ts';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { createClock } from '../../src/base/clock.ts';
import { loadConfig } from '../../src/config/load.ts';

let folder: string;
let rehearsal: Rehearsal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '1s' });
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rehearsal.close();
  await rm(folder, { recursive: true, force: true });
});

const log = createLog('error', { write: () => undefined });
const start = async (now?: number) =>
  openApp(await loadConfig(rehearsal.configFolder, {}), {
    log,
    ...(now === undefined ? {} : { clock: { ...createClock(() => undefined), now: () => now } }),
  });
const mails = () => rehearsal.mail.messages().map(({ subject }) => subject);

it.each([
  ['the ledger', 'ledger', 'LEDGER_FAILED', 'Tidegate cannot use its ledger and did not start'],
  ['the spool', 'ledger/spool', 'SPOOL_FAILED', 'Tidegate cannot use its spool and did not start'],
])(
  'mails once an hour that %s cannot be opened, however often it is started',
  async (_what, path, code, subject) => {
    if (path !== 'ledger')
      await (await start()).close().then(() => rm(join(folder, path), { recursive: true }));
    await writeFile(join(folder, path), 'a file where the folder should be');
    const now = Date.now();
    for (const at of [now, now + 1, now + 3_600_000]) await expect(start(at)).rejects.toMatchObject({ code });
    expect(mails()).toEqual([subject, subject]);
  },
);
