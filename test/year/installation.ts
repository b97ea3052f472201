/** The installation that runs for a year, and the systems around it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Clock } from '../../src/base/clock.ts';
import type { MailCatcher } from '../../src/sandbox/mail-catcher.ts';
import type { Yaml } from '../support/exchange.ts';
import { type ServoExchange, startServoExchange } from '../support/servo.ts';
import { calendar, timeZone } from './story.ts';

export const rowsPerFile = 2;

/** Of exports. The first two are of the rows of the daily files, the last one of contracts at another target. */
export const daily = 'acme-days';
export const sinceLast = 'acme-since';
export const monthly = 'acme-contracts';

export interface Installation extends ServoExchange {
  /** Where the other partner's folders are. */
  office: string;
}

export async function startInstallation(clock: Clock, mail: MailCatcher): Promise<Installation> {
  let office = '';
  const started = await startServoExchange(
    async (config, { configFolder, partnerRoot, targets }) => {
      const home = dirname(configFolder);
      office = join(home, 'office');
      for (const folder of ['in', 'out', 'read']) await mkdir(join(office, folder), { recursive: true });
      await writeMappings(join(home, 'mappings'));
      config.calendars = { germany: calendar };
      config.targets.servify = targets['servify'];
      const archive = { timeZone, schedule: '30 0 1-10 * *' };
      config.partners.acme = { protocol: 'local', root: partnerRoot, archive };
      config.partners.office = { protocol: 'local', root: office, marker: false };
      Object.assign(config.feeds['servo-orders'], feed);
      config.exports = exported;
      config.alerts = {
        quietHours: { from: '22:00', to: '07:00', timeZone },
        // A time that spring skips and autumn repeats.
        digest: { at: '02:00', timeZone, to: ['lead@example.com'] },
      };
    },
    { clock, clockEverywhere: true, mail },
  );
  return { ...started, office };
}

const feed = {
  schedule: '10 7,15 * * *',
  timeZone,
  calendar: 'germany',
  stable: { for: '1ms' },
  expects: { by: '08:00', warnBefore: '30m' },
  files: {
    orders: {
      partner: 'office',
      folder: '/in',
      dataType: 'Orders',
      answered: {
        replies: [
          {
            name: 'OrdersDone_{stamp}.csv',
            outcome: { column: 'Result', accepted: ['Done'] },
            id: 'Ticket',
          },
        ],
        match: { Reference: 'Reference' },
        schedule: '40 0,12,18 * * *',
        timeZone,
        stableFor: '1ms',
        within: '2 business days',
        warnAfter: '1 business day',
        calendar: 'germany',
        takeAway: { how: 'move', folder: '/read' },
      },
    },
  },
};

const start = '2024-01-01';
const exported = {
  [daily]: {
    ...{ partner: 'acme', dataType: 'OrderDays', mapping: 'year-rows', feed: 'servo-orders' },
    ...{ schedule: '30 2 * * *', timeZone, window: { length: 'day', start } },
  },
  [sinceLast]: {
    ...{ partner: 'acme', dataType: 'OrdersSince', mapping: 'year-rows', feed: 'servo-orders' },
    ...{ schedule: '45 5 * * 1,3', timeZone, window: { length: 'since-last', start } },
  },
  [monthly]: {
    ...{ partner: 'acme', dataType: 'Contracts', mapping: 'year-contracts', target: 'servify' },
    ...{ schedule: '0 4 1-7 * *', timeZone, window: { length: 'month', start, lag: '1h' } },
  },
};

/** Orders go to the office too, when Servo has taken them. */
async function writeMappings(folder: string): Promise<void> {
  const orders = join(folder, 'servo-orders.yaml');
  const mapping: Yaml = parse(await readFile(orders, 'utf8'));
  mapping.actions['Warranty Order'].files = {
    orders: { columns: { Reference: { column: 'Reference' }, Number: { answer: 'order' } } },
  };
  const rows = {
    rows: {},
    columns: {
      Reference: { field: 'Reference' },
      Outcome: { row: 'outcome' },
      Number: { cell: 'Order Number' },
      File: { row: 'file' },
      Settled: { row: 'settled', date: { as: 'YYYYMMDDHHmmss' } },
    },
  };
  const contracts = {
    system: 'servify',
    list: {
      operation: 'Contract/getContractList',
      request: {
        StartDate: { window: 'from', format: 'YYYY-MM-DD' },
        EndDate: { window: 'last', format: 'YYYY-MM-DD' },
      },
      pageSize: 10,
      key: ['ExternalReferenceID'],
    },
    columns: { Contract: { entry: 'ExternalReferenceID' } },
  };
  await writeFile(orders, stringify(mapping));
  await writeFile(join(folder, 'year-rows.export.yaml'), stringify(rows));
  await writeFile(join(folder, 'year-contracts.export.yaml'), stringify(contracts));
}
