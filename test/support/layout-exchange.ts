/** An exchange whose rows go into files for another partner, the office, and nowhere else; the office may answer them. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../src/base/clock.ts';
import type { PolledReplies } from '../../src/exchange/dispatch/poll.ts';
import { type Exchange, startExchange, type Yaml } from './exchange.ts';
import { columns, csv, type Row } from './sales.ts';

export interface LayoutExchange {
  exchange: Exchange;
  /** Text of a file of the office. */
  sent(path: string): Promise<string>;
  listed(folder: string): Promise<string[]>;
  /** The office answers. */
  reply(name: string, content: string | Buffer): Promise<void>;
  pollReplies(): Promise<PolledReplies>;
}

export interface LayoutOptions {
  /** How the office answers; it does not unless given. */
  answered?: Yaml;
  clock?: Clock;
  adjust?(config: Yaml): void;
}

export async function startLayout({ answered, clock, adjust }: LayoutOptions = {}): Promise<LayoutExchange> {
  const exchange = await startExchange({
    ...(clock ? { clock } : {}),
    async adjust(config, { partnerRoot }) {
      const root = join(partnerRoot, '..', 'office');
      for (const folder of ['in', 'out', 'read', 'reconciled'])
        await mkdir(join(root, folder), { recursive: true });
      config.partners.office = { protocol: 'local', root, marker: false };
      const [feed] = Object.values<Yaml>(config.feeds);
      delete feed.target;
      feed.mapping = 'contract-layout';
      const file = { partner: 'office', folder: '/in', dataType: 'Contracts' };
      feed.files = { contracts: answered ? { ...file, answered: { stableFor: '1ms', ...answered } } : file };
      adjust?.(config);
    },
  });
  const at = (path: string): string => join(exchange.folder, 'office', path);
  return {
    exchange,
    sent: (path) => readFile(at(path), 'utf8'),
    listed: async (folder) => (await readdir(at(folder))).sort(),
    async reply(name, content) {
      await writeFile(at('out/.writing'), content);
      await rename(at('out/.writing'), at(join('out', name)));
    },
    async pollReplies() {
      const [agreement] = exchange.app.agreements;
      if (!agreement) throw new Error('nobody is expected to answer');
      return exchange.app.pollReplies(agreement);
    },
  };
}

/** The columns that the layout knows. */
export const layoutCsv = (rows: readonly Row[]): string => csv(rows, columns.slice(0, 26));
