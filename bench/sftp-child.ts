/** Child: one transfer by Tidegate's SFTP client, from opening the connection to the last verified byte. */
import { join } from 'node:path';
import { openSftpFolder } from '../src/remote/sftp.ts';
import { cpuSeconds, given, tell } from './child.ts';
import type { SftpPlace } from './sftp.ts';

export interface TransferOptions {
  place: SftpPlace;
  local: string;
  task: { kind: 'get'; names: readonly string[]; atOnce: number } | { kind: 'put'; name: string };
}

export interface TransferResult {
  seconds: number;
  cpuSeconds: number;
}

const { place, local, task } = given<TransferOptions>();
const { host, port, user, privateKey, fingerprint, base } = place;
const folder = openSftpFolder({
  host,
  port,
  username: user,
  auth: { privateKey },
  hostKeys: [fingerprint],
});
const [beganAt, usedBefore] = [performance.now(), cpuSeconds()];
if (task.kind === 'put') await folder.put(join(local, task.name), `${base}/in/${task.name}`);
else {
  const waiting = [...task.names];
  const getInTurn = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      await folder.fetch(`${base}/in/${name}`, join(local, name), 1e12);
  };
  await Promise.all(Array.from({ length: task.atOnce }, getInTurn));
}
const result: TransferResult = {
  seconds: (performance.now() - beganAt) / 1000,
  cpuSeconds: cpuSeconds() - usedBefore,
};
await folder.close();
await tell(result);
process.disconnect();
