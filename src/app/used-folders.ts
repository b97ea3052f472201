/** Which folders of a partner are worked in, by the configuration. */
import type { Config } from '../config/types.ts';

export interface UsedFolder {
  path: string;
  /** Whether files are made, renamed or removed there. */
  writes: boolean;
}

/** The four for one who sends files, or for whom nothing is configured yet; where files are only put or looked for, these alone. Each once. */
export function usedFolders(config: Config, partner: string): UsedFolder[] {
  const { folders } = config.partners[partner] ?? {};
  if (!folders) return [];
  const feeds = Object.values(config.feeds);
  const files = feeds.flatMap((feed) =>
    Object.values(feed.files).map((file) => ({ ...file, partner: file.partner ?? feed.partner })),
  );
  const put = [...files, ...Object.values(config.exports).filter(({ enabled }) => enabled)];
  const writing = (path: string): UsedFolder => ({ path, writes: true });
  const other = [
    ...put
      .filter((file) => file.partner === partner)
      .flatMap(({ folder, answered }) => [
        writing(folder ?? folders.out),
        ...(answered ? repliesOf(answered, folders.out) : []),
      ]),
    ...put.flatMap(({ answered }) =>
      answered?.report?.partner === partner ? [writing(answered.report.folder)] : [],
    ),
  ];
  const sends = feeds.some((feed) => feed.partner === partner) || other.length === 0;
  const own = sends ? [folders.in, folders.out, folders.processed, folders.errored].map(writing) : [];
  return eachOnce([...own, ...other]);
}

type Answered = NonNullable<Config['feeds'][string]['files'][string]['answered']>;

function repliesOf({ folder, takeAway }: Answered, out: string): UsedFolder[] {
  const replies = { path: folder ?? out, writes: takeAway.how !== 'leave' };
  return takeAway.folder === null ? [replies] : [replies, { path: takeAway.folder, writes: true }];
}

function eachOnce(folders: readonly UsedFolder[]): UsedFolder[] {
  return [...Map.groupBy(folders, ({ path }) => path)].map(([path, uses]) => ({
    path,
    writes: uses.some(({ writes }) => writes),
  }));
}

/** Where hidden files of ours may be made, to find out what the server does with them. */
export function probeFolder(config: Config, partner: string): string {
  const used = usedFolders(config, partner);
  const out = config.partners[partner]?.folders.out ?? '/out';
  const writable = used.filter(({ writes }) => writes).map(({ path }) => path);
  return writable.includes(out) ? out : (writable[0] ?? out);
}
