/** One SFTP channel of the embedded server: requests of SFTP version 3 over a real folder, answered in the order they came. */
import { constants, type Stats } from 'node:fs';
import {
  chmod,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises';
import { posix } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2';
import { type SftpCharacter, stated } from './sftp-character.ts';
import type { Fault, FaultPlan, SftpRequest } from './sftp-faults.ts';
import type { Jail } from './sftp-jail.ts';

const { STATUS_CODE: status, OPEN_MODE: mode } = ssh2.utils.sftp;
const entriesPerAnswer = 100;
const mostBytesPerRead = 255 * 1024;

type OpenThing =
  | { kind: 'file'; path: string; file: FileHandle }
  | { kind: 'folder'; path: string; names: string[] };

/** What a request came to; sent unless a fault holds it back. */
type Answer = () => void;

interface Manner {
  faults: FaultPlan;
  character: SftpCharacter;
  /** Drops the whole connection. */
  cut(): void;
}

export class SftpSession {
  readonly #sftp: SFTPWrapper;
  readonly #jail: Jail;
  readonly #faults: FaultPlan;
  readonly #character: SftpCharacter;
  readonly #cut: () => void;
  readonly #open = new Map<string, OpenThing>();
  #nextHandle = 1;
  /** Requests are done one after the other, as OpenSSH does. */
  #turn: Promise<void> = Promise.resolve();

  constructor(sftp: SFTPWrapper, jail: Jail, { faults, character, cut }: Manner) {
    this.#sftp = sftp;
    this.#jail = jail;
    this.#faults = faults;
    this.#character = character;
    this.#cut = cut;
    this.#listenToPaths();
    this.#listenToHandles();
  }

  /** Closes all files once the running request is done. */
  async release(): Promise<void> {
    await this.#turn;
    const things = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(things.map((thing) => thing.kind === 'file' && thing.file.close()));
  }

  #listenToPaths(): void {
    const sftp = this.#sftp;
    sftp.on('OPEN', (id, path, flags) =>
      this.#serve('OPEN', id, path, () => this.#openFile(id, path, flags)),
    );
    sftp.on('STAT', (id, path) =>
      this.#serve('STAT', id, path, async (fault) =>
        this.#attrs(id, await stat(await this.#jail.target(path)), fault),
      ),
    );
    sftp.on('LSTAT', (id, path) =>
      this.#serve('LSTAT', id, path, async (fault) =>
        this.#attrs(id, await lstat(await this.#jail.entry(path)), fault),
      ),
    );
    sftp.on('SETSTAT', (id, path, attrs) =>
      this.#serve('SETSTAT', id, path, async () =>
        this.#done(id, setAttrs(await this.#jail.target(path), attrs)),
      ),
    );
    sftp.on('OPENDIR', (id, path) => this.#serve('OPENDIR', id, path, () => this.#openFolder(id, path)));
    sftp.on('REMOVE', (id, path) =>
      this.#serve('REMOVE', id, path, async () => this.#done(id, unlink(await this.#jail.entry(path)))),
    );
    sftp.on('MKDIR', (id, path) =>
      this.#serve('MKDIR', id, path, async () => this.#done(id, mkdir(await this.#jail.entry(path)))),
    );
    sftp.on('RMDIR', (id, path) =>
      this.#serve('RMDIR', id, path, async () => this.#done(id, rmdir(await this.#jail.entry(path)))),
    );
    sftp.on('REALPATH', (id, path) =>
      this.#serve('REALPATH', id, path, async () => () => sftp.name(id, [named(this.#jail.normalize(path))])),
    );
    sftp.on('RENAME', (id, from, to) =>
      this.#serve('RENAME', id, from, (fault) =>
        this.#rename(id, from, to, fault?.answer === 'replace' || this.#character.rename === 'replaces'),
      ),
    );
    sftp.on('EXTENDED', (id, name, data) => {
      const [from = '', to = ''] = readStrings(data);
      this.#serve('EXTENDED', id, from, () => this.#extended(id, name, from, to));
    });
  }

  #listenToHandles(): void {
    const sftp = this.#sftp;
    sftp.on('FSTAT', (id, handle) =>
      this.#serveHandle('FSTAT', id, handle, async (thing, fault) =>
        this.#attrs(
          id,
          thing.kind === 'file' ? await thing.file.stat() : await stat(await this.#jail.target(thing.path)),
          fault,
        ),
      ),
    );
    sftp.on('FSETSTAT', (id, handle, attrs) =>
      this.#serveHandle('SETSTAT', id, handle, async (thing) =>
        this.#done(id, setAttrs(await this.#jail.target(thing.path), attrs)),
      ),
    );
    sftp.on('READ', (id, handle, offset, length) =>
      this.#serveHandle('READ', id, handle, (thing, fault) =>
        fault?.answer === 'eof'
          ? this.#eof(id)
          : this.#read(id, thing, offset, fault?.answer === 'drip' ? 1 : length),
      ),
    );
    sftp.on('WRITE', (id, handle, offset, data) =>
      this.#serveHandle('WRITE', id, handle, async (thing, fault) => {
        if (thing.kind !== 'file') return () => sftp.status(id, status.FAILURE);
        if (fault?.answer === 'drop-bytes') return () => sftp.status(id, status.OK);
        return this.#done(id, writeAll(thing.file, data, offset));
      }),
    );
    sftp.on('READDIR', (id, handle) =>
      this.#serveHandle('READDIR', id, handle, (thing, fault) => this.#readFolder(id, thing, fault)),
    );
    sftp.on('CLOSE', (id, handle) =>
      this.#serveHandle('CLOSE', id, handle, async (thing) => {
        this.#open.delete(handle.toString('latin1'));
        return this.#done(id, thing.kind === 'file' ? thing.file.close() : Promise.resolve());
      }),
    );
  }

  #serveHandle(
    request: SftpRequest,
    id: number,
    handle: Buffer,
    work: (thing: OpenThing, fault: Fault | null) => Promise<Answer>,
  ): void {
    // Looked up in turn: the handle may be closed by a request that is still waiting.
    this.#enqueue(request, id, () => {
      const thing = this.#open.get(handle.toString('latin1'));
      return { path: thing?.path ?? '', work: (fault) => (thing ? work(thing, fault) : this.#failure(id)) };
    });
  }

  #serve(
    request: SftpRequest,
    id: number,
    path: string,
    work: (fault: Fault | null) => Promise<Answer>,
  ): void {
    this.#enqueue(request, id, () => ({ path, work }));
  }

  #enqueue(
    request: SftpRequest,
    id: number,
    prepare: () => { path: string; work(fault: Fault | null): Promise<Answer> },
  ): void {
    const serve = async (): Promise<void> => {
      const { path, work } = prepare();
      const fault = this.#faults.take(request, path);
      if (fault?.answer === 'mute') return;
      if (fault?.answer === 'disconnect') return this.#cut();
      if (fault?.answer === 'failure') return this.#sftp.status(id, fault.code ?? status.FAILURE);
      if (fault?.answer === 'late') await wait(fault.ms);
      const answer = await work(fault).catch(
        (error: NodeJS.ErrnoException) => () => this.#sftp.status(id, statusOf(error)),
      );
      if (fault?.answer === 'reply-lost') return this.#cut();
      answer();
    };
    this.#turn = this.#turn.then(serve).catch(() => this.#cut());
  }

  async #done(id: number, work: Promise<unknown>): Promise<Answer> {
    await work;
    return () => this.#sftp.status(id, status.OK);
  }

  async #eof(id: number): Promise<Answer> {
    return () => this.#sftp.status(id, status.EOF);
  }

  async #failure(id: number): Promise<Answer> {
    return () => this.#sftp.status(id, status.FAILURE);
  }

  async #attrs(id: number, found: Stats, fault: Fault | null): Promise<Answer> {
    const attrs = stated(attrsOf(found), this.#character);
    return () => this.#sftp.attrs(id, fault?.answer === 'size' ? { ...attrs, size: fault.size } : attrs);
  }

  #keep(thing: OpenThing): Buffer {
    const handle = String(this.#nextHandle++);
    this.#open.set(handle, thing);
    return Buffer.from(handle, 'latin1');
  }

  async #openFile(id: number, path: string, flags: number): Promise<Answer> {
    const file = await open(await this.#jail.target(path), localFlags(flags));
    const handle = this.#keep({ kind: 'file', path, file });
    return () => this.#sftp.handle(id, handle);
  }

  async #openFolder(id: number, path: string): Promise<Answer> {
    const names = ['.', '..', ...(await readdir(await this.#jail.target(path)))];
    const handle = this.#keep({ kind: 'folder', path, names });
    return () => this.#sftp.handle(id, handle);
  }

  async #read(id: number, thing: OpenThing, offset: number, length: number): Promise<Answer> {
    if (thing.kind !== 'file') return this.#failure(id);
    const buffer = Buffer.allocUnsafeSlow(Math.min(length, mostBytesPerRead));
    const { bytesRead } = await thing.file.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) return this.#eof(id);
    return () => this.#sftp.data(id, buffer.subarray(0, bytesRead));
  }

  async #readFolder(id: number, thing: OpenThing, fault: Fault | null): Promise<Answer> {
    if (thing.kind !== 'folder') return this.#failure(id);
    if (fault?.answer === 'entries') {
      const forged = fault.entries.map(({ name, mode: bits, size }) =>
        named(name, { ...noAttrs, mode: bits, size }),
      );
      return () => this.#sftp.name(id, forged);
    }
    const names = thing.names.splice(0, entriesPerAnswer);
    if (names.length === 0 || fault?.answer === 'eof') return this.#eof(id);
    const folder = await this.#jail.target(thing.path);
    const entries = await Promise.all(names.map((name) => describe(folder, name, this.#character)));
    return () =>
      this.#sftp.name(
        id,
        entries.filter((entry) => entry !== null),
      );
  }

  /** Some clients use an extension without asking whether there is one. */
  async #extended(id: number, name: string, from: string, to: string): Promise<Answer> {
    const known = this.#character.extensions.find((extension) => extension === name);
    if (known === undefined) return () => this.#sftp.status(id, status.OP_UNSUPPORTED);
    if (known === 'posix-rename@openssh.com') return this.#rename(id, from, to, true);
    return this.#done(id, link(await this.#jail.entry(from), await this.#jail.entry(to)));
  }

  /** Like OpenSSH: a plain rename refuses a taken name, the POSIX one replaces it. */
  async #rename(id: number, from: string, to: string, replace: boolean): Promise<Answer> {
    const [source, target] = [await this.#jail.entry(from), await this.#jail.entry(to)];
    if (replace || (await lstat(source)).isDirectory()) return this.#done(id, rename(source, target));
    await link(source, target);
    return this.#done(id, unlink(source));
  }
}

async function describe(folder: string, name: string, character: SftpCharacter): Promise<FileEntry | null> {
  try {
    // `..` of the root must not tell about what lies outside.
    const found = await lstat(name === '..' ? folder : posix.join(folder, name));
    return named(name, stated(attrsOf(found), character));
  } catch {
    // Removed since the folder was opened.
    return null;
  }
}

const noAttrs: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function attrsOf(found: Stats): Attributes {
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  const { uid, gid, size } = found;
  return { mode: found.mode, uid, gid, size, atime: seconds(found.atimeMs), mtime: seconds(found.mtimeMs) };
}

const kindLetters = new Map([
  [0o040000, 'd'],
  [0o120000, 'l'],
]);

/** The long name is what people see when they type `ls` in a client. */
function named(filename: string, attrs: Attributes = noAttrs): FileEntry {
  const rights = [...'rwxrwxrwx'].map((letter, bit) => (attrs.mode & (0o400 >> bit) ? letter : '-')).join('');
  const time = new Date(attrs.mtime * 1000).toISOString().slice(0, 16).replace('T', ' ');
  const kind = kindLetters.get(attrs.mode & 0o170000) ?? '-';
  const longname = `${kind}${rights} 1 ${attrs.uid} ${attrs.gid} ${String(attrs.size).padStart(12)} ${time} ${filename}`;
  return { filename, longname, attrs };
}

function localFlags(flags: number): number {
  const access =
    flags & mode.READ ? (flags & mode.WRITE ? constants.O_RDWR : constants.O_RDONLY) : constants.O_WRONLY;
  return (
    access |
    (flags & mode.APPEND ? constants.O_APPEND : 0) |
    (flags & mode.CREAT ? constants.O_CREAT : 0) |
    (flags & mode.TRUNC ? constants.O_TRUNC : 0) |
    (flags & mode.EXCL ? constants.O_EXCL : 0)
  );
}

async function writeAll(file: FileHandle, data: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await file.write(data, done, data.length - done, offset + done)).bytesWritten;
  }
}

/** Clients set rights and times after an upload. */
async function setAttrs(path: string, attrs: Partial<Attributes>): Promise<void> {
  if (attrs.mode !== undefined) await chmod(path, attrs.mode & 0o777);
  if (attrs.atime !== undefined && attrs.mtime !== undefined) await utimes(path, attrs.atime, attrs.mtime);
}

function readStrings(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const end = at + 4 + data.readUInt32BE(at);
    found.push(data.toString('utf8', at + 4, end));
    at = end;
  }
  return found;
}

function statusOf(error: NodeJS.ErrnoException): number {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return status.NO_SUCH_FILE;
  if (error.code === 'EACCES' || error.code === 'EPERM') return status.PERMISSION_DENIED;
  return status.FAILURE;
}
