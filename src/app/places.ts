/** Where an installation keeps its things. */
import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import { openSpool, type Spool } from '../exchange/spool.ts';

export const ledgerFile = (config: Config): string => join(config.storage.folder, 'ledger.db');
export const spoolOf = (config: Config): Promise<Spool> => openSpool(join(config.storage.folder, 'spool'));
