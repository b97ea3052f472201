/** What kinds of notices there are, how urgent they are, and what ends the incidents that they open. `docs/alerts.md` shows this table. */

/** `info`: good to know; `warning`: look into it within the day; `critical`: nothing goes on until somebody acts. */
export type Severity = 'info' | 'warning' | 'critical';

export const severities = ['info', 'warning', 'critical'] as const satisfies readonly Severity[];

export interface KindFacts {
  severity: Severity;
  /** Whether people are reminded while it lasts. */
  reminds: boolean;
  opens: string;
  closes: string;
}

export const noticeKinds = {
  'preparation-failure': {
    severity: 'warning',
    reminds: false,
    opens: 'a file was refused as a whole',
    closes: 'the next good file of the feed was answered',
  },
  'transfer-failure': {
    severity: 'warning',
    reminds: true,
    opens:
      'files cannot be looked for, fetched, answered or filed at the partner’s server, or wait for another one',
    closes: 'a poll of each feed that met it has come to its end',
  },
  'host-key': {
    severity: 'critical',
    reminds: true,
    opens: 'the partner’s server showed a host key that is not pinned',
    closes: 'a poll has come to its end',
  },
  'storage-failure': {
    severity: 'critical',
    reminds: true,
    opens: 'the ledger, the spool or the disk below them cannot be used',
    closes: 'a poll of each feed that met it has come to its end',
  },
  'rows-rejected': {
    severity: 'warning',
    reminds: false,
    opens: 'more rows of a file were rejected than `errorThreshold` allows; fewer are told and open nothing',
    closes: 'the next good file of the feed, or a good retry, was answered',
  },
  'rows-parked': {
    severity: 'warning',
    reminds: true,
    opens: 'the outcome of rows is not known, and a person has to decide',
    closes: 'no row of the file is parked any more',
  },
  'target-down': {
    severity: 'warning',
    reminds: true,
    opens: 'a target does not take calls, and files wait for it',
    closes: 'it has answered calls again',
  },
  'target-refuses': {
    severity: 'critical',
    reminds: true,
    opens: 'a target refuses our credentials, keys or address',
    closes: 'it has answered calls again',
  },
  'unexpected-file': {
    severity: 'info',
    reminds: false,
    opens: 'a file is not complete after more than an hour; what no feed takes is told and opens nothing',
    closes: 'it was taken, or is gone',
  },
  'folder-shared': {
    severity: 'warning',
    reminds: false,
    opens: '(news) another installation was in the folder, or this one has taken it over',
    closes: '',
  },
  'archive-failure': {
    severity: 'warning',
    reminds: true,
    opens: 'a month could not be archived; files that have changed since are told and open nothing',
    closes: 'a run of the partner’s archive has come to its end',
  },
  'export-failed': {
    severity: 'warning',
    reminds: true,
    opens: 'an export could not be read, written or brought; no part of it was sent',
    closes: 'a run of the export has come to its end',
  },
  'answer-overdue': {
    severity: 'warning',
    reminds: true,
    opens:
      'a file that we sent was not answered in full within its term; that the term is near is told and opens nothing',
    closes: 'every row of it has its word',
  },
  'answer-trouble': {
    severity: 'warning',
    reminds: false,
    opens:
      '(news) rows of a file that we sent were rejected, or a reply cannot be read or says what does not fit',
    closes: '',
  },
  callback: {
    severity: 'warning',
    reminds: false,
    opens: '(news) a target told something that changes nothing any more',
    closes: '',
  },
  'alerts-capped': {
    severity: 'warning',
    reminds: false,
    opens:
      '(news) more short messages were due within an hour than their channel may send; it goes by other channels',
    closes: '',
  },
  digest: {
    severity: 'info',
    reminds: false,
    opens: '(news) what came within a day, and what is open; to the readers of the digest alone',
    closes: '',
  },
  'file-due': {
    severity: 'info',
    reminds: false,
    opens: '(news) a file that is expected is due shortly, and not there yet',
    closes: '',
  },
  'file-overdue': {
    severity: 'warning',
    reminds: true,
    opens: 'a file that is expected was not there in time; that it did not come on the whole day is told too',
    closes: 'it has come, or a later one has',
  },
  'rows-odd': {
    severity: 'warning',
    reminds: false,
    opens: '(news) a file has an unusual number of rows',
    closes: '',
  },
  'long-pause': {
    severity: 'info',
    reminds: true,
    opens: 'a person has paused something, and it lasts',
    closes: 'the pause has ended',
  },
} as const satisfies Readonly<Record<string, KindFacts>>;

export type NoticeKind = keyof typeof noticeKinds;

export const severityOf = (kind: NoticeKind): Severity => noticeKinds[kind].severity;

/** Kinds that people are reminded of. */
export const lastingKinds: ReadonlySet<NoticeKind> = new Set(
  Object.entries(noticeKinds).flatMap(([kind, { reminds }]) => (reminds ? [kind as NoticeKind] : [])),
);
