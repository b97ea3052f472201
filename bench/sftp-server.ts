/** Child: the embedded SFTP server, where no sshd is installed. */
import { startEmbeddedSftp } from '../test/support/sftp.ts';
import { tell, untilEnd } from './child.ts';
import type { SftpPlace } from './sftp.ts';

export interface SftpServerReady {
  place: SftpPlace;
}

const { host, port, user, privateKey, fingerprint, root, stop } = await startEmbeddedSftp(['in']);
await tell({
  place: { host, port, user, privateKey, fingerprint, root, base: '' },
} satisfies SftpServerReady);
await untilEnd(stop);
