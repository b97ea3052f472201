/** Host keys: fingerprints, `known_hosts` text, and the judgement whether a key that a server shows is one we trust. Pure. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What is trusted for one server. */
export interface HostKeyPins {
  /** `SHA256:…` as `ssh-keygen -lf` prints it. */
  fingerprints: ReadonlySet<string>;
  /** Never accepted, even when pinned. */
  revoked: ReadonlySet<string>;
  /** Key types named by `known_hosts`, e.g. `ssh-ed25519`; the connection asks for these first. */
  types: readonly string[];
}

/** SHA-256 fingerprint of a public key in SSH wire format, `SHA256:` and base64 without padding. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key in SSH wire format names in its first field, e.g. `ssh-ed25519`. */
export function keyTypeOf(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

export function pinHostKeys(
  server: { host: string; port: number },
  hostKeys: readonly string[],
  knownHosts: string,
): HostKeyPins {
  const fingerprints = new Set(hostKeys.map((pin) => pin.trim().replace(/=+$/, '')));
  const revoked = new Set<string>();
  const types = new Set<string>();
  const wanted = server.port === 22 ? server.host : `[${server.host}]:${server.port}`;
  for (const entry of parseKnownHosts(knownHosts)) {
    if (!namesHost(entry.hosts, wanted.toLowerCase())) continue;
    if (entry.marker === '@revoked') revoked.add(fingerprintOf(entry.key));
    if (entry.marker !== '') continue;
    fingerprints.add(fingerprintOf(entry.key));
    types.add(entry.type);
  }
  return { fingerprints, revoked, types: [...types] };
}

export function isTrusted(key: Buffer, pins: HostKeyPins): boolean {
  const seen = fingerprintOf(key);
  return pins.fingerprints.has(seen) && !pins.revoked.has(seen);
}

interface KnownHost {
  /** `@revoked`, `@cert-authority` or empty. */
  marker: string;
  hosts: string;
  type: string;
  key: Buffer;
}

/** Lines that cannot be read are passed over, as ssh does: they then trust nobody. */
function parseKnownHosts(text: string): KnownHost[] {
  const entries: KnownHost[] = [];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') ? (fields.shift() ?? '') : '';
    const [hosts, type, base64] = fields;
    if (!hosts || hosts.startsWith('#') || !type || !base64) continue;
    const key = Buffer.from(base64, 'base64');
    if (keyTypeOf(key) === type) entries.push({ marker, hosts, type, key });
  }
  return entries;
}

/** `hosts` is a comma-separated list of names and patterns, `!` excluding, or one hashed name (`|1|salt|hash`). */
function namesHost(hosts: string, wanted: string): boolean {
  if (hosts.startsWith('|')) return matchesHashed(hosts, wanted);
  const patterns = hosts.toLowerCase().split(',');
  const excluded = patterns.some(
    (pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), wanted),
  );
  return !excluded && patterns.some((pattern) => matchesPattern(pattern, wanted));
}

function matchesHashed(hashed: string, wanted: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || !salt || !hash) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function matchesPattern(pattern: string, wanted: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(wanted);
}
