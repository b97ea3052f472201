/** Child: the partner's SFTP server and the API, with a configuration that fits them. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { generateKeyPair } from '../src/remote/keygen.ts';
import { type ServifySandbox, startServify } from '../src/sandbox/servify/server.ts';
import { type SftpServer, startSftpServer } from '../src/sandbox/sftp-server.ts';
import { given, tell, untilEnd } from './child.ts';

export interface CounterpartyOptions {
  folder: string;
  encrypted: boolean;
  /** Only every n-th request is decrypted and done; the others get an answer that was encrypted before. */
  decryptEvery: number;
  latencyMs: number;
  inFlight: number;
}

const options = given<CounterpartyOptions>();
const at = (...parts: string[]): string => join(options.folder, ...parts);
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

for (const name of ['in', 'out', 'processed', 'errored'])
  await mkdir(at('partner', name), { recursive: true });
await mkdir(at('config', 'keys'), { recursive: true });
await mkdir(at('mappings'));
await cp(beside('mapping/one-call.yaml'), at('mappings', 'one-call.yaml'));
await cp(beside('../mappings/contract-sale.devices.csv'), at('mappings', 'contract-sale.devices.csv'));

const login = generateKeyPair('bench');
const client = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const clientId = 'bench';
const clientSecret = randomBytes(48).toString('base64url');
const sftp = await startSftpServer({
  users: [{ name: 'tidegate', root: at('partner'), publicKey: login.publicKey }],
});
const servify = await startServify({
  clientId,
  clientSecret,
  clientPublicKey: client.publicKey,
  plain: !options.encrypted,
  latencyMs: options.latencyMs,
  shortcut: { decryptEvery: options.decryptEvery },
});
const secrets = {
  sftp: login.privateKey,
  'servify.pem': client.privateKey,
  signature: clientSecret,
  'client-id': clientId,
};
for (const [name, text] of Object.entries({ ...secrets, 'servify.pub.pem': servify.publicKey }))
  await writeFile(at('config', 'keys', name), text, { mode: 0o600 });
await writeFile(at('config', 'tidegate.yaml'), stringify(configuration(sftp, servify)));

await tell({});
await untilEnd(async () => {
  await Promise.all([sftp.close(), servify.close()]);
});

function configuration({ host, port, fingerprint }: SftpServer, { url }: ServifySandbox) {
  return {
    storage: { folder: 'ledger' },
    targets: {
      servify: {
        system: 'servify',
        baseUrl: url,
        clientId: '${file:keys/client-id}',
        clientSecret: '${file:keys/signature}',
        host: 'exchange.example.com',
        servifyPublicKey: '${file:keys/servify.pub.pem}',
        privateKey: '${file:keys/servify.pem}',
        concurrency: options.inFlight,
      },
    },
    partners: {
      acme: {
        protocol: 'sftp',
        host,
        port,
        user: 'tidegate',
        key: '${file:keys/sftp}',
        hostKeys: [fingerprint],
      },
    },
    feeds: {
      sales: {
        partner: 'acme',
        dataType: 'Sales',
        mapping: 'one-call',
        target: 'servify',
        schedule: '0 0 1 1 *',
        timeZone: 'UTC',
        stable: { for: '50ms' },
        limits: { maxBytes: '2GB', maxRows: 10_000_000 },
      },
    },
  };
}
