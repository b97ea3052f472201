/** One outbound file over a real server, by owners who may go away at any moment. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { always } from '../../src/base/permit.ts';
import { writeCsv } from '../../src/csv/writer.ts';
import { planOutbound, sendOutbound } from '../../src/exchange/outbound/send.ts';
import type { OutboundPorts, WriteOutbound } from '../../src/exchange/outbound/types.ts';
import { openSpool, type Spool } from '../../src/exchange/spool.ts';
import type { ExchangeEvent, Parcel } from '../../src/exchange/types.ts';
import type { Ledger, OutboundFile } from '../../src/ledger/port.ts';
import { openLedger } from '../../src/ledger/sqlite.ts';
import type { RemoteFolder } from '../../src/remote/port.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import { type EmbeddedSftp, startEmbeddedSftp } from './sftp.ts';

/** What is brought, and its text. */
export const wanted = {
  ...{ partner: 'acme', origin: 'export' as const, name: 'contracts', key: 'from 0', arrival: null },
  ...{ path: '/out/Contracts_20260101_000000.csv', window: { from: 0, to: 10 }, covers: true },
};
export const text = 'Id\r\n1\r\n2\r\n';

export interface OutboundRig {
  server: EmbeddedSftp;
  remote: RemoteFolder;
  ledger: Ledger;
  spool: Spool;
  events: ExchangeEvent[];
  /** How the file is packed; may be changed. */
  parcel: Parcel | null;
  /** How often it was written. */
  written: number;
  /** Each is another process; those before are gone. */
  ports(process?: string, over?: Partial<OutboundPorts>): OutboundPorts;
  write: WriteOutbound;
  plan(process?: string): Promise<OutboundFile>;
  send(file: OutboundFile, process?: string, over?: Partial<OutboundPorts>): Promise<OutboundFile>;
  /** What another process finds unfinished, if anything, it sends. */
  goOn(process?: string): Promise<OutboundFile | null>;
  /** What lies in `/out`. */
  list(): Promise<string[]>;
  read(name: string): Promise<Buffer>;
  /** Somebody else puts a file there. */
  put(name: string, content: string): Promise<void>;
  /** Somebody takes a file away. */
  take(name: string): Promise<void>;
  inSpool(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startOutbound(): Promise<OutboundRig> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const server = await startEmbeddedSftp();
  const remote = await openSftpFolder(server.options());
  const ledger = await openLedger({ file: join(folder, 'ledger.db') });
  const spool = await openSpool(join(folder, 'spool'));
  const { signal } = new AbortController();
  const events: ExchangeEvent[] = [];
  const at = (name: string): string => join(server.root, 'out', name);
  const rig: OutboundRig = {
    ...{ server, remote, ledger, spool, events, parcel: null, written: 0 },
    ports: (process = 'first', over = {}) => ({
      ...{ ledger, remote, spool, clock: systemClock, permit: always, room: { demand: () => undefined } },
      owner: { id: process, leaseMs: 60_000, isGone: (other) => other !== process },
      ...{ signal, report: (event) => void events.push(event), ...over },
    }),
    write(draft) {
      rig.written++;
      return writeCsv(draft, { header: ['Id'], rows: [['1'], ['2']] });
    },
    plan: (process) => planOutbound(wanted, rig.parcel, rig.ports(process)),
    send: (file, process, over) =>
      sendOutbound(file, { write: rig.write, parcel: rig.parcel }, rig.ports(process, over)),
    async goOn(process = 'second') {
      const open = await ledger.resumeOutbound(wanted, rig.ports(process).owner, Date.now());
      return open && rig.send(open, process);
    },
    list: async () => (await readdir(join(server.root, 'out'))).sort(),
    read: (name) => readFile(at(name)),
    put: (name, content) => writeFile(at(name), content),
    take: (name) => rm(at(name)),
    inSpool: () => readdir(join(folder, 'spool')),
    async stop() {
      await remote.close();
      await server.stop();
      await ledger.close();
      await rm(folder, { recursive: true });
    },
  };
  return rig;
}

/** What a process meets that is told to stop. */
export const cutOff = () => Promise.reject(Object.assign(new Error('cut off'), { code: 'STOPPED' }));
