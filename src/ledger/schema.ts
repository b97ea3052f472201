/** The tables, as the queries see them. Documents are JSON text, times epoch milliseconds, so that every SQL database can hold them. */
import type { ColumnDefinitionBuilder, Generated, Kysely, Selectable, Transaction } from 'kysely';
import type {
  AnswerKind,
  ArchivedKind,
  ArchivedState,
  ArchiveState,
  ArrivalState,
  Attempt,
  AttemptEnd,
  Callback,
  CoveredWindow,
  Decision,
  DispatchNews,
  Disposition,
  FindingKind,
  NoticeKind,
  NoticePhase,
  OutboundFile,
  OutboundState,
  Pausable,
  Reply,
  RowState,
  Said,
  SentRowState,
} from './port.ts';

export interface ArrivalsTable {
  id: Generated<number>;
  partner: string;
  feed: string;
  folder: string;
  name: string;
  size: number;
  modified_at: number;
  state: ArrivalState;
  round: Generated<number>;
  token: number;
  owner: string;
  lease_until: number;
  sha256: string | null;
  repeat_of: number | null;
  corrects: number | null;
  withdrawn_because: string | null;
  problem: string | null;
  disposition: Disposition | null;
  settle_as: string | null;
  mapping: string | null;
  columns: string;
  key_columns: string;
  ack_columns: string;
  /** The counts are zero until `staged`, and then kept with every outcome, so that a listing never reads rows. */
  rows: Generated<number>;
  pending: Generated<number>;
  accepted: Generated<number>;
  rejected: Generated<number>;
  duplicate: Generated<number>;
  parked: Generated<number>;
  claimed_at: number;
  updated_at: number;
  /** When the folder was last seen without it. */
  absent_at: number | null;
}

/** Every transition of an arrival, written together with it. */
export interface StepsTable {
  id: Generated<number>;
  arrival: number;
  state: ArrivalState;
  at: number;
}

export interface RowsTable {
  arrival: number;
  line: number;
  state: RowState;
  /** In which the row got, or is to get, this outcome; those of rounds before are in `earlier_outcomes`. */
  round: Generated<number>;
  action: string;
  operation: string;
  order_key: string;
  reference: string | null;
  payload: string;
  duplicate_arrival: number | null;
  duplicate_line: number | null;
  code: Generated<string>;
  message: Generated<string>;
  cells: string | null;
  violations: string | null;
  settled_at: number | null;
  /** The last attempt whose doubt a person has settled: no one up to it is in doubt any more. */
  overruled: number | null;
}

/** What became of a row in a round, kept when a later round takes the row up again, so that every answer can be rebuilt. */
export interface EarlierOutcomesTable {
  arrival: number;
  line: number;
  round: number;
  state: RowState;
  duplicate_arrival: number | null;
  duplicate_line: number | null;
  code: string;
  message: string;
  cells: string | null;
  violations: string | null;
  settled_at: number | null;
}

export interface DecisionsTable {
  id: Generated<number>;
  arrival: number;
  line: number | null;
  round: number;
  what: Decision['what'];
  by: string;
  because: string;
  at: number;
  mapping: Generated<string | null>;
}

/** What a row says; written once. Apart from `rows`, so that an outcome rewrites a short record and not a long one. */
export interface ContentsTable {
  arrival: number;
  line: number;
  keys: string;
  fields: string;
  plan: string | null;
}

export interface AttemptsTable {
  id: Generated<number>;
  arrival: number;
  line: number;
  operation: string;
  purpose: Attempt['purpose'];
  opened_at: number;
  closed_at: number | null;
  outcome: AttemptEnd['outcome'] | null;
  status: number | null;
  code: Generated<string>;
  message: Generated<string>;
  ticket: string | null;
  request: string;
  answer: string | null;
  call: number | null;
  /** JSON: what the row puts into files, with what reads told before the call left. */
  lines: string | null;
}

/** What several attempts share, or what has a result that comes later. */
export interface CallsTable {
  id: Generated<number>;
  arrival: number;
  operation: string;
  code: string | null;
  opened_at: number;
  job: string | null;
  queued_at: number | null;
  until: number | null;
  closed_at: number | null;
  target: string | null;
}

/** What the other side told by itself, as it came. */
export interface CallbacksTable {
  id: Generated<number>;
  target: string;
  code: string;
  sha256: string;
  body: string;
  received_at: number;
  fate: Callback['fate'];
  call: number | null;
}

/** What rows put into outbound files. */
export interface FileLinesTable {
  arrival: number;
  line: number;
  file: string;
  split: string;
  /** JSON. */
  cells: string;
  named_in: string | null;
  /** The file that it belongs to, once that is planned. */
  outbound: number | null;
}

/** Outbound files that are made of rows. */
export interface RowFilesTable {
  outbound: number;
  file: string;
  split: string;
  /** JSON. */
  layout: string;
}

/** Files that the other side answers. */
export interface DispatchesTable {
  outbound: number;
  agreement: string;
  stamp: string;
  split: string;
  /** 1 when all its rows are on record. */
  noted: number;
  rows: number;
  accepted: number;
  rejected: number;
  replies: number;
  closed_at: number | null;
  told: DispatchNews | null;
}

export interface DispatchRowsTable {
  outbound: number;
  line: number;
  match: string;
  state: SentRowState;
  their_id: string;
  reason: string;
  reply: number | null;
  reply_line: number | null;
  /** The last reply that spoke of it, whatever it said. */
  spoken_by: number | null;
}

export interface RepliesTable {
  id: Generated<number>;
  agreement: string;
  partner: string;
  folder: string;
  name: string;
  size: number;
  modified_at: number;
  state: Reply['state'];
  sha256: string | null;
  rows: number;
  read_to: number;
  problem: string | null;
  token: number;
  owner: string;
  lease_until: number;
  found_at: number;
  ended_at: number | null;
  taken_away_at: number | null;
}

export interface ReplyDispatchesTable {
  reply: number;
  outbound: number;
}

export interface FindingsTable {
  reply: number;
  line: number;
  kind: FindingKind;
  match: string;
  outbound: number | null;
  verdict: Said['verdict'];
  their_id: string;
  reason: string;
}

export interface EffectsTable {
  partner: string;
  operation: string;
  reference: string;
  arrival: number;
  line: number;
  payload: string;
}

export interface AnswersTable {
  arrival: number;
  kind: AnswerKind;
  round: number;
  path: string;
  bytes: number | null;
  sha256: string | null;
  written_at: number | null;
  /** JSON. */
  packing: string | null;
}

export interface NoticesTable {
  id: Generated<number>;
  key: string;
  cause: string | null;
  kind: NoticeKind;
  partner: string | null;
  feed: string | null;
  arrival: number | null;
  subject: string;
  body: string;
  audience: 'partner' | null;
  attach: string | null;
  incident: number | null;
  phase: NoticePhase | null;
  raised_at: number;
  /** `null` while its messages are not made. */
  routed_at: number | null;
  /** Why there are none. */
  untold: string | null;
}

export interface MessagesTable {
  id: Generated<number>;
  notice: number;
  channel: string;
  /** JSON list. */
  addressees: string;
  /** 1 when it goes at quiet hours too. */
  urgent: number;
  sent_at: number | null;
  tries: Generated<number>;
  next_try_at: number | null;
  last_error: string | null;
  /** JSON list. */
  left_to: string | null;
}

export interface IncidentsTable {
  id: Generated<number>;
  cause: string;
  kind: NoticeKind;
  partner: string | null;
  feed: string | null;
  arrival: number | null;
  subject: string;
  opened_at: number;
  last_seen_at: number;
  times: number;
  reminders: Generated<number>;
  /** When people were told last, so that reminders have their pauses. */
  told_at: number;
  closed_at: number | null;
}

/** By feed and arrival that an incident holds up or is about; the feed is empty and the arrival 0 where there is none. */
export interface IncidentConcernsTable {
  incident: number;
  feed: string;
  arrival: number;
  over_at: number | null;
}

/** By partner, as whoever tried the server last has found it. */
export interface ServersTable {
  partner: string;
  identity: string;
  probed_at: number;
  traits: string;
}

export interface AttachmentsTable {
  arrival: number;
  number: number;
  folder: string;
  name: string;
  size: number;
  modified_at: number;
  sha256: string;
  settle_as: string | null;
  settled_at: number | null;
}

/** One row: who this installation is. */
export interface InstallationTable {
  one: number;
  id: string;
  /** What tells the kept ledger from a copy of it; `null` where the store has no such thing. */
  place: string | null;
}

/** The inbound folders that this installation holds, with the marker that lies in each. */
export interface FoldersTable {
  partner: string;
  folder: string;
  marker: string;
  since: number;
  adopted_by: string | null;
  adopted_because: string | null;
}

export interface ArchivesTable {
  id: Generated<number>;
  partner: string;
  month: string;
  part: number;
  state: ArchiveState;
  form: 'folder' | 'bundle';
  side: 'remote' | 'local';
  path: string;
  previous: string;
  hash: string | null;
  manifest_sha256: string | null;
  /** JSON. */
  bundle: string | null;
  token: number;
  owner: string;
  lease_until: number;
  planned_at: number;
  stored_at: number | null;
  cleared_at: number | null;
  deleted_at: number | null;
}

export interface ArchivedFilesTable {
  archive: number;
  seq: number;
  /** Either this or `outbound`. */
  arrival: number | null;
  outbound: number | null;
  kind: ArchivedKind;
  path: string;
  name: string;
  bytes: number;
  sha256: string | null;
  state: ArchivedState;
  /** As they were when it was planned: decisions may change those of the arrival later. */
  arrived_at: number;
  counts: string;
}

export interface OutboundFilesTable {
  id: Generated<number>;
  partner: string;
  origin: OutboundFile['origin'];
  name: string;
  key: string;
  arrival: number | null;
  path: string;
  state: OutboundState;
  window_from: number | null;
  window_to: number | null;
  /** 1 when its window counts as covered by it. */
  covers: number;
  /** JSON. */
  packing: string | null;
  rows: number | null;
  bytes: number | null;
  sha256: string | null;
  packed_bytes: number | null;
  packed_sha256: string | null;
  token: number;
  owner: string;
  lease_until: number;
  planned_at: number;
  ended_at: number | null;
}

/** Each begins where the one before ends. */
export interface ExportWindowsTable {
  export: string;
  window_from: number;
  window_to: number;
  outcome: CoveredWindow['outcome'];
  file: number | null;
  at: number;
}

/** What people have paused; ended ones stay on record. */
export interface PausesTable {
  id: Generated<number>;
  what: Pausable;
  name: string;
  since: number;
  until: number | null;
  by: string;
  because: string;
  ended_at: number | null;
  ended_by: string | null;
  ended_because: string | null;
}

/** When the inbound folder of a feed was looked into. */
export interface LooksTable {
  partner: string;
  feed: string;
  first: number;
  last: number;
}

export interface Tables {
  arrivals: ArrivalsTable;
  steps: StepsTable;
  rows: RowsTable;
  contents: ContentsTable;
  earlier_outcomes: EarlierOutcomesTable;
  decisions: DecisionsTable;
  attempts: AttemptsTable;
  calls: CallsTable;
  callbacks: CallbacksTable;
  file_lines: FileLinesTable;
  row_files: RowFilesTable;
  dispatches: DispatchesTable;
  dispatch_rows: DispatchRowsTable;
  replies: RepliesTable;
  reply_dispatches: ReplyDispatchesTable;
  findings: FindingsTable;
  effects: EffectsTable;
  answers: AnswersTable;
  attachments: AttachmentsTable;
  notices: NoticesTable;
  messages: MessagesTable;
  incidents: IncidentsTable;
  incident_concerns: IncidentConcernsTable;
  servers: ServersTable;
  installation: InstallationTable;
  folders: FoldersTable;
  archives: ArchivesTable;
  archived_files: ArchivedFilesTable;
  outbound_files: OutboundFilesTable;
  export_windows: ExportWindowsTable;
  pauses: PausesTable;
  looks: LooksTable;
}

/** How a dialect declares an integer primary key whose values the database gives. */
export type IdColumn = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;
export type ArrivalRecord = Selectable<ArrivalsTable>;
export type ReplyRecord = Selectable<RepliesTable>;
export type ArchiveRecord = Selectable<ArchivesTable>;
export type OutboundRecord = Selectable<OutboundFilesTable>;
