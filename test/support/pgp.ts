/** PGP keys for tests, as files of a configuration have them. */
import * as pgp from 'openpgp';

export interface TestKey {
  privateKey: string;
  publicKey: string;
  fingerprint: string;
}

type Options = Partial<Parameters<typeof pgp.generateKey>[0]>;

export async function newPgpKey(name: string, options: Options = {}): Promise<TestKey> {
  const made = await pgp.generateKey({ userIDs: [{ name }], ...options, format: 'object' });
  return {
    privateKey: made.privateKey.armor(),
    publicKey: made.publicKey.armor(),
    fingerprint: made.publicKey.getFingerprint().toUpperCase(),
  };
}

export const hidden = (text: string) => ({ reveal: () => text });
export const own = ({ privateKey }: TestKey, passphrase: string | null = null) => ({
  key: hidden(privateKey),
  passphrase: passphrase === null ? null : hidden(passphrase),
});
export const pinned = ({ publicKey, fingerprint }: TestKey) => ({ key: hidden(publicKey), fingerprint });
