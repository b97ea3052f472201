import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { hasOpenSsh, type OpenSsh, startOpenSsh } from '../support/openssh.ts';
import { cancellation, csv, rowsOf, sale } from '../support/sales.ts';

const run = promisify(execFile);
const name = 'Sales_20240611_153000.csv';

describe.skipIf(!hasOpenSsh())(
  'the same exchange over the sshd of OpenSSH, with its sftp as the partner',
  () => {
    let server: OpenSsh;
    let exchange: Exchange;
    let partner: (commands: string) => Promise<string>;

    beforeAll(async () => {
      server = await startOpenSsh(['in', 'out', 'processed', 'errored']);
      exchange = await startExchange({ server });
      const known = join(exchange.folder, 'known_hosts');
      await writeFile(known, `${server.knownHosts}\n`);
      partner = async (commands) => {
        const batch = join(exchange.folder, 'batch');
        await writeFile(batch, commands);
        const key = join(exchange.rehearsal.configFolder, 'keys', 'sshd');
        const options = [
          '-q',
          '-b',
          batch,
          '-i',
          key,
          '-P',
          String(server.port),
          '-o',
          `UserKnownHostsFile=${known}`,
        ];
        const { stdout } = await run('sftp', [...options, `${server.user}@${server.host}`], {
          timeout: 15_000,
        });
        return stdout;
      };
    });
    afterAll(async () => {
      await exchange?.stop();
      await server?.stop();
    });

    it('takes the drop, answers it and files it away', async () => {
      const local = join(exchange.folder, name);
      await writeFile(local, csv([sale(1), sale(2, { State: '' }), cancellation(1)]));
      await partner(`put ${local} ${server.base}/in/${name}\n`);
      const { arrivals, waitsFor } = await exchange.poll();
      expect(waitsFor).toBeNull();
      expect(arrivals).toMatchObject([{ state: 'settled', counts: { rows: 3, accepted: 2, rejected: 1 } }]);

      const answer = join(exchange.folder, 'answer.csv');
      await partner(`get ${server.base}/out/SalesAck_20240611_153000.csv ${answer}\n`);
      const results = rowsOf(await readFile(answer, 'utf8')).map((row) => row['Result']);
      expect(results).toEqual(['Accepted', 'Rejected', 'Accepted']);
      expect(await exchange.list('in')).toEqual([]);
      expect(await readdir(join(server.root, 'processed'))).toEqual([name]);
    });

    it('answers the same file again without a call, and a broken one with its reason', async () => {
      const calls = exchange.rehearsal.servify.effects.size;
      const broken = join(exchange.folder, 'broken.csv');
      await writeFile(broken, csv([sale(5)]).replaceAll(',', ';'));
      await partner(
        `put ${join(exchange.folder, name)} ${server.base}/in/${name}\nput ${broken} ${server.base}/in/Sales_20240612.csv\n`,
      );
      const { arrivals } = await exchange.poll();
      expect(arrivals).toMatchObject([
        { state: 'settled', repeatOf: 1 },
        { state: 'settled', problem: { code: 'FILE_STRUCTURE' }, disposition: 'errored' },
      ]);
      expect(exchange.rehearsal.servify.effects.size).toBe(calls);
      expect((await readdir(join(server.root, 'out'))).sort()).toEqual([
        'SalesAck_20240611_153000.csv',
        'SalesAck_20240612.csv',
        'SalesRejects_20240611_153000.csv',
      ]);
    });
  },
);
