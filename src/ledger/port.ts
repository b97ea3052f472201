/**
 * The ledger: the durable record of arrivals, their rows, the calls made for them, the answers given and the notices sent. It is the audit trail and
 * the only memory; every step of the exchange starts from what it says.
 *
 * Glossary: *arrival* one received file; *row* one record of it, `pending` until an outcome is known; *attempt* one call that went out for a row,
 * written before it goes and closed after; *call* what several attempts share, or one whose result comes later;
 * *callback* such a result, told by the other side; *effect* the claim of (partner, operation, reference) by one row; *answer* a file written to the
 * partner; *round* one working-off of an arrival: 0 is the first, each later one was begun by a decision, concerns some of its rows and has an answer of its own;
 * *notice* something a person should know, mailed once; *incident* what is wrong until it is over, with the notices about it; *outbound file* one that is brought to a partner
 * by ourselves, not as an answer; *window* the span of time that an export covers with one; *installation* all processes on one ledger; *claim* the right of one owner to write to an arrival, fenced by a
 * token: every write with an older token fails with `LEDGER_STALE`.
 *
 * Times are epoch milliseconds. Everything fails with `LEDGER_FAILED` when the store cannot be read or written.
 */
import type { AnswerLedger } from './port/answers.ts';
import type { ArchiveLedger } from './port/archives.ts';
import type { ArrivalLedger } from './port/arrivals.ts';
import type { AttachmentLedger } from './port/attachments.ts';
import type { CallbackLedger } from './port/callbacks.ts';
import type { CallLedger } from './port/calls.ts';
import type { DeliveryLedger } from './port/delivery.ts';
import type { DispatchLedger, ReplyLedger } from './port/dispatches.ts';
import type { ExportLedger } from './port/exports.ts';
import type { FileLineLedger } from './port/file-lines.ts';
import type { IncidentLedger } from './port/incidents.ts';
import type { InstallationLedger } from './port/installation.ts';
import type { LookLedger } from './port/looks.ts';
import type { NoticeLedger } from './port/notices.ts';
import type { OutboundLedger } from './port/outbound.ts';
import type { PauseLedger } from './port/pauses.ts';
import type { RoundLedger } from './port/rounds.ts';
import type { ServerLedger } from './port/servers.ts';
import type { StepLedger } from './port/steps.ts';

export type * from './port/answers.ts';
export type * from './port/archives.ts';
export type * from './port/arrivals.ts';
export type * from './port/attachments.ts';
export type * from './port/callbacks.ts';
export type * from './port/calls.ts';
export type * from './port/delivery.ts';
export type * from './port/dispatches.ts';
export type * from './port/exports.ts';
export type * from './port/file-lines.ts';
export type * from './port/incidents.ts';
export type * from './port/installation.ts';
export type * from './port/looks.ts';
export type * from './port/notices.ts';
export type * from './port/outbound.ts';
export type * from './port/packing.ts';
export type * from './port/pauses.ts';
export type * from './port/rounds.ts';
export type * from './port/servers.ts';
export type * from './port/steps.ts';

export interface Ledger
  extends InstallationLedger,
    ArrivalLedger,
    StepLedger,
    DeliveryLedger,
    FileLineLedger,
    DispatchLedger,
    ReplyLedger,
    CallLedger,
    CallbackLedger,
    RoundLedger,
    AnswerLedger,
    AttachmentLedger,
    NoticeLedger,
    IncidentLedger,
    ServerLedger,
    PauseLedger,
    LookLedger,
    ArchiveLedger,
    OutboundLedger,
    ExportLedger {
  close(): Promise<void>;
}
