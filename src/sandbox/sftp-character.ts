/** What kind of server it is: habits that last, unlike the single misdeeds of `sftp-faults.ts`. */
import type { Attributes, SFTPWrapper } from 'ssh2';

export type SftpExtension = 'posix-rename@openssh.com' | 'hardlink@openssh.com';

export interface SftpCharacter {
  /** What a plain RENAME does with a taken name. */
  rename: 'refuses' | 'replaces';
  /** Announced and served; others are neither. */
  extensions: readonly SftpExtension[];
  /** `none`: every time is 0. */
  modifiedAt: 'seconds' | 'minutes' | 'none';
  /** The size that is stated for a file of so many bytes. */
  statedSize(bytes: number): number;
  /** Users that are let in at the same time, over all connections. */
  sessions: number;
}

/** As OpenSSH is, without its extensions. */
export const plainCharacter: SftpCharacter = {
  rename: 'refuses',
  extensions: [],
  modifiedAt: 'seconds',
  statedSize: (bytes) => bytes,
  sessions: Number.POSITIVE_INFINITY,
};

const regularFile = 0o100000;
const typeBits = 0o170000;

/** The attributes as such a server states them. */
export function stated(attrs: Attributes, { modifiedAt, statedSize }: SftpCharacter): Attributes {
  const mtime = modifiedAt === 'none' ? 0 : attrs.mtime - (modifiedAt === 'minutes' ? attrs.mtime % 60 : 0);
  const isFile = (attrs.mode & typeBits) === regularFile;
  return { ...attrs, mtime, size: isFile ? statedSize(attrs.size) : attrs.size };
}

/** What of ssh2 its types leave out: the channel under an SFTP session. */
interface Channel {
  _protocol: { channelData(channel: number, data: Buffer): void };
  outgoing: { window: number };
}

/**
 * ssh2 answers the client's INIT by itself and announces nothing. That answer is the first thing an SFTP session writes, so the extensions are put
 * behind it on its way out.
 */
export function announce(sftp: SFTPWrapper, extensions: readonly SftpExtension[]): void {
  const channel = sftp as unknown as Channel;
  const protocol = channel._protocol;
  channel._protocol = new Proxy(protocol, {
    get(target, name) {
      if (name !== 'channelData') return Reflect.get(target, name);
      return (id: number, version: Buffer): void => {
        channel._protocol = protocol;
        const longer = withExtensions(version, extensions);
        channel.outgoing.window -= longer.length - version.length;
        protocol.channelData(id, longer);
      };
    },
  });
}

function withExtensions(version: Buffer, extensions: readonly SftpExtension[]): Buffer {
  const pairs = extensions.flatMap((name) => [packed(name), packed('1')]);
  const packet = Buffer.concat([version, ...pairs]);
  packet.writeUInt32BE(packet.length - 4, 0);
  return packet;
}

function packed(text: string): Buffer {
  const buffer = Buffer.alloc(4 + Buffer.byteLength(text));
  buffer.writeUInt32BE(buffer.length - 4, 0);
  buffer.write(text, 4);
  return buffer;
}
