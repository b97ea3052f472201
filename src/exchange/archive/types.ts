/** What the archive is given: what was agreed with the partner, and the ports it works through. */
import type { Clock } from '../../base/clock.ts';
import type { Permit } from '../../base/permit.ts';
import type { Archive, Ledger, Owner } from '../../ledger/port.ts';
import type { RemoteFolder } from '../../remote/port.ts';
import type { Room } from '../room.ts';
import type { Spool } from '../spool.ts';
import type { ExchangeEvent } from '../types.ts';

export interface ArchivePolicy {
  partner: string;
  /** IANA name; months are meant on its clock. */
  timeZone: string;
  /** A month is archived when so many months have begun after it: with 2, August on the 1st of October. */
  after: number;
  /** A file stays where it is for so long after its arrival was settled, whatever month it belongs to. */
  restMs: number;
  form: 'folder' | 'bundle';
  side: 'remote' | 'local';
  /** On that side. */
  folder: string;
  /** The folder of this machine that holds the local side; `null` when all lies at the partner's server. */
  local: string | null;
  /** Files are deleted when so many months have begun after theirs; `null` never. */
  keepMonths: number | null;
  /** Of the name of an arrival: `YYYYMMDD…`, `null` when it has none. */
  stampOf(feed: string, name: string): string | null;
}

export interface ArchivePorts {
  ledger: Ledger;
  /** Where the files lie. */
  remote: RemoteFolder;
  /** Where archives of this side lie: at the same place, or in a folder of this machine. Fails with `CONFIG_INVALID` when none is configured any more. */
  storeOf(side: Archive['side']): RemoteFolder;
  spool: Spool;
  clock: Clock;
  owner: Owner;
  signal: AbortSignal;
  room: Room;
  report(event: ExchangeEvent): void;
}

/** The ports while the lease holds. */
export type HeldPorts = ArchivePorts & { permit: Permit; store: RemoteFolder };
