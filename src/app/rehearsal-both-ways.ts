/** The other half of an exchange, beside a partner whose sales go to Servify: rows that become files, an export and a monthly archive. */
import type { rehearsalConfig } from './rehearsal-config.ts';

type OneWay = ReturnType<typeof rehearsalConfig>;

/** How Tidegate logs in as the second partner sees it. */
export const globexLogin = 'tidegate-globex';

const timeZone = 'Europe/Berlin';

/** Globex sends contracts that Acme gets as files by country; Acme gets a list of what was sold; what Globex has sent is archived. */
export function bothWays(config: OneWay) {
  const { partners, feeds, targets } = config;
  const { schedule, stable } = feeds['acme-sales'];
  return {
    ...config,
    // An outage shows within seconds, and so does its end.
    targets: {
      servify: {
        ...targets.servify,
        retry: { attempts: 2, first: '50ms', most: '100ms' },
        breaker: { failures: 4, pause: '1s' },
      },
    },
    partners: {
      ...partners,
      // The samples are of a month that is long due; they need not rest.
      globex: { ...partners.acme, user: globexLogin, archive: { timeZone, restDays: 0 } },
    },
    feeds: {
      ...feeds,
      'globex-contracts': {
        ...{ partner: 'globex', dataType: 'Contracts', mapping: 'contract-layout' },
        ...{ schedule, stable, timeZone },
        files: { contracts: { partner: 'acme', folder: '/contracts', dataType: 'Contracts' } },
      },
    },
    exports: {
      'acme-sold': {
        ...{ partner: 'acme', dataType: 'Sold', mapping: 'servify-contracts', target: 'servify', timeZone },
        window: { length: 'month', start: '2024-06-01', missed: 'one' },
      },
    },
  };
}
