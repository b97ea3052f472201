/** What is archived of which partner, from the configuration. */
import { mkdir } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { TidegateError } from '../base/errors.ts';
import type { Config, PartnerConfig } from '../config/types.ts';
import { dueArchives, type Expiring, expiringArchives } from '../exchange/archive/due.ts';
import { runArchive } from '../exchange/archive/run.ts';
import type { ArchivePolicy, ArchivePorts } from '../exchange/archive/types.ts';
import { type Verified, verifyArchives } from '../exchange/archive/verify.ts';
import type { InboundFeed } from '../exchange/types.ts';
import { openLocalFolder } from '../remote/local.ts';
import type { RemoteFolder } from '../remote/port.ts';

const DAY_MS = 86_400_000;

/** @param feeds also tell the date in the name of a file; names of feeds that are gone are read in the common form */
export function archivePolicies(config: Config, feeds: readonly InboundFeed[]): ArchivePolicy[] {
  const byName = new Map(feeds.map((feed) => [feed.name, feed]));
  const stampOf = (feed: string, name: string): string | null =>
    byName.get(feed)?.parseName(name)?.stamp ??
    /_(\d{8})(?:_\d{6})?(?:-\d+)?(?:\.[a-z]+)+$/i.exec(name)?.[1] ??
    null;
  return Object.values(config.partners).flatMap(({ name, archive }) => {
    if (archive === null) return [];
    const { timeZone, after, restDays, form, keepMonths, local, folder } = archive;
    const place =
      local === null ? { side: 'remote' as const, folder } : { side: 'local' as const, folder: `/${name}` };
    return [
      {
        ...{ partner: name, timeZone, after, form, keepMonths, stampOf, local },
        ...place,
        restMs: restDays * DAY_MS,
      },
    ];
  });
}

export interface Archives {
  readonly policies: readonly ArchivePolicy[];
  /** What `run` would archive, oldest month first. */
  due(policy: ArchivePolicy): ReturnType<typeof dueArchives>;
  /** What `run` would delete. */
  expiring(policy: ArchivePolicy): Promise<Expiring[]>;
  /** Archives what is due, and deletes what was kept for long enough; what it has to wait for, if anything. Never throws. */
  run(policy: ArchivePolicy): Promise<unknown>;
  verify(policy: ArchivePolicy): Promise<Verified>;
}

export const archivesOf = (
  policies: readonly ArchivePolicy[],
  portsFor: (policy: ArchivePolicy) => Promise<ArchivePorts>,
): Archives => ({
  policies,
  due: async (policy) => dueArchives(policy, await portsFor(policy)),
  expiring: async (policy) => expiringArchives(policy, await portsFor(policy)),
  run: async (policy) => runArchive(policy, await portsFor(policy)),
  verify: async (policy) => verifyArchives(policy, await portsFor(policy)),
});

/** Where archives lie; those on a side that is not configured any more cannot be reached. */
export async function openStores(
  { name, archive }: PartnerConfig,
  remote: RemoteFolder,
  clock: Clock,
): Promise<ArchivePorts['storeOf']> {
  const folder = archive?.local ?? null;
  if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 });
  const local = folder === null ? null : openLocalFolder({ root: folder, clock });
  return (side) => {
    if (side === 'remote') return remote;
    if (local !== null) return local;
    throw new TidegateError(
      'CONFIG_INVALID',
      'an archive lies in a folder of this machine, and none is configured',
      {
        subject: `partners.${name}.archive.local`,
        fix: 'Name the folder again; new months go where `local` says.',
      },
    );
  };
}
