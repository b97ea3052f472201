/** What RSA itself costs on this machine, as the measure for the encrypted job. */
import { spawnSync } from 'node:child_process';
import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { cpuSeconds } from './child.ts';

export interface RsaCost {
  measuredBy: string;
  /** Seconds of CPU of one operation with a key of 2048 bits. */
  privateSeconds: number;
  publicSeconds: number;
}

export const rsaCost = (): RsaCost => byOpenssl() ?? byNode();

function byOpenssl(): RsaCost | null {
  const { stdout } = spawnSync('openssl', ['speed', '-seconds', '2', 'rsa2048'], { encoding: 'utf8' });
  const [, sign, verify] = /^rsa +2048 bits +([\d.]+)s +([\d.]+)s/m.exec(stdout ?? '') ?? [];
  if (sign === undefined || verify === undefined) return null;
  return { measuredBy: 'openssl speed', privateSeconds: Number(sign), publicSeconds: Number(verify) };
}

function byNode(): RsaCost {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const cipher = publicEncrypt({ key: publicKey, ...padding }, Buffer.alloc(200));
  return {
    measuredBy: 'node:crypto, openssl is not installed',
    privateSeconds: costOf(1000, () => privateDecrypt({ key: privateKey, ...padding }, cipher)),
    publicSeconds: costOf(10_000, () => publicEncrypt({ key: publicKey, ...padding }, Buffer.alloc(200))),
  };
}

function costOf(times: number, work: () => unknown): number {
  const before = cpuSeconds();
  for (let done = 0; done < times; done++) work();
  return (cpuSeconds() - before) / times;
}
