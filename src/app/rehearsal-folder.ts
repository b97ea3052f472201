/** The folder of a rehearsal, and what a rehearsal is recognised by when it starts again: its ports, keys and passwords. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TidegateError } from '../base/errors.ts';
import { generateKeyPair } from '../remote/keygen.ts';
import { newToken, otherSystems } from './rehearsal-systems.ts';

/** Lies in every folder that a rehearsal made. */
const marker = '.tidegate-rehearsal';
const parts = ['partner', 'globex', 'config', 'mappings', 'mail', 'ledger'];

const identitySchema = z.strictObject({
  partnerPassword: z.string(),
  login: z.strictObject({ privateKey: z.string(), publicKey: z.string() }),
  hostKey: z.string(),
  clientSecret: z.string(),
  clientPrivateKey: z.string(),
  clientPublicKey: z.string(),
  servifyPrivateKey: z.string(),
  /** Of the other systems' simulators, by system. */
  tokens: z.record(z.string(), z.string()),
  /** By server; those that have run once. */
  ports: z.record(z.string(), z.int()),
});

export type Identity = z.infer<typeof identitySchema>;

/**
 * Makes the folder ready and gives the identity of the rehearsal in it: the earlier one, with all that lies there, or after `fresh` a new one in an empty
 * folder. Fails with `USAGE` when the folder holds anything that no rehearsal put there.
 */
export async function takeFolder(folder: string, fresh: boolean): Promise<Identity> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return [];
    throw notOurs(folder, 'it cannot be read as a folder', cause);
  });
  if (names.length > 0 && !names.includes(marker))
    throw notOurs(folder, 'other things lie in it, which would be overwritten');
  const earlier = fresh ? null : await readIdentity(folder);
  if (earlier) return earlier;
  for (const part of parts) await rm(join(folder, part), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const identity = newIdentity();
  // Before anything else, so that one that is killed can be followed by another.
  await keepIdentity(folder, identity);
  return identity;
}

export async function keepIdentity(folder: string, identity: Identity): Promise<void> {
  await writeFile(join(folder, marker), `${JSON.stringify(identity, null, 2)}\n`, { mode: 0o600 });
}

/** `null` when there is none, or one that an older version wrote. */
async function readIdentity(folder: string): Promise<Identity | null> {
  const text = await readFile(join(folder, marker), 'utf8').catch(() => 'null');
  try {
    return identitySchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function newIdentity(): Identity {
  const { privateKey, publicKey } = generateKeyPair('tidegate rehearsal');
  const clientPrivateKey = newRsaKey();
  return {
    partnerPassword: randomBytes(9).toString('base64url'),
    login: { privateKey, publicKey },
    hostKey: generateKeyPair('rehearsal host').privateKey,
    clientSecret: randomBytes(48).toString('base64url'),
    clientPrivateKey,
    clientPublicKey: createPublicKey(clientPrivateKey).export({ type: 'spki', format: 'pem' }).toString(),
    servifyPrivateKey: newRsaKey(),
    tokens: Object.fromEntries(otherSystems.map((system) => [system, newToken()])),
    ports: {},
  };
}

function newRsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function notOurs(folder: string, why: string, cause?: unknown): TidegateError {
  return new TidegateError('USAGE', `a rehearsal cannot use this folder: ${why}`, {
    subject: folder,
    expected: 'a new or empty folder, or that of an earlier rehearsal',
    fix: 'Name another one with --folder.',
    cause,
  });
}
