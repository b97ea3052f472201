import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { ledgerConforms } from './conformance.ts';

ledgerConforms('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  return {
    open: () => openLedger({ file: join(folder, 'ledger.db') }),
    remove: () => rm(folder, { recursive: true }),
  };
});
