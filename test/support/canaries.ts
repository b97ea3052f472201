/**
 * Secrets and personal data that the suites put in, and the search for them in what comes out. `startExchange` and the support for the command
 * line search everything they produced by themselves, so that a leak fails whatever test it happens in.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Canary {
  /** Says what was found, without the value. */
  what: string;
  /** Any of these texts gives it away. */
  traces: readonly string[];
}

/** Fragments of every row that `sale` makes. */
export const personal = {
  name: 'Pat Example',
  mail: 'pat.example',
  phone: '9098000000',
  address: '1 Harbour Road',
  device: '35690543',
} as const;

export const personalCanaries: readonly Canary[] = Object.entries(personal).map(([what, value]) =>
  canary(`personal data (${what})`, value),
);

/** As written, and in each form in which a text travels through logs, URLs, mails and JSON. */
export function canary(what: string, value: string): Canary {
  const forms = [
    value,
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('hex'),
    ...base64Of(value),
  ];
  return { what, traces: [...new Set(forms)] };
}

/** A key leaks by any line of its body, however it is broken or quoted. */
export function keyCanary(what: string, pem: string): Canary {
  const lines = pem.split(/\s*\n/).filter((line) => line.length >= 16 && !line.startsWith('-----'));
  const [longest = pem] = lines.toSorted((a, b) => b.length - a.length);
  return { what, traces: [...new Set([...lines, ...canary(what, longest).traces])] };
}

/** The base64 of a text within a longer one, wherever in the longer one it begins. */
function base64Of(value: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64');
    // At both ends a character also holds bits of what stands beside.
    const inner = whole.replace(/=+$/, '').slice(before === 0 ? 0 : before + 1, -1);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

export function findCanaries(where: string, text: string, canaries: readonly Canary[]): string[] {
  return canaries.flatMap(({ what, traces }) =>
    traces.some((trace) => text.includes(trace)) ? [`${what} in ${where}`] : [],
  );
}

/** @throws Error that names what was found where */
export function demandNone(found: readonly string[]): void {
  if (found.length > 0) throw new Error(`canaries were found:\n${[...new Set(found)].join('\n')}`);
}

/** What a rehearsal and its configuration keep secret. `partner` is the password that the partner logs in with. */
export interface Secrets {
  all: Canary[];
  partner: Canary | null;
}

const publicFiles = /(?:\.pub|\.pub\.pem|client-id)$/;

/** The secrets beside a configuration folder: its keys, and those of the rehearsal it belongs to, if there is one. */
export async function secretsOf(configFolder: string): Promise<Secrets> {
  const keys = join(configFolder, 'keys');
  const names = await readdir(keys).catch((): string[] => []);
  const canaries: Canary[] = [];
  for (const name of names.filter((each) => !publicFiles.test(each)))
    canaries.push(secretCanary(`the secret ${name}`, await readFile(join(keys, name), 'utf8')));
  const marker = join(configFolder, '..', '.tidegate-rehearsal');
  const identity: Record<string, unknown> = JSON.parse(await readFile(marker, 'utf8').catch(() => '{}'));
  const { partnerPassword, hostKey, servifyPrivateKey } = identity;
  for (const [what, value] of Object.entries({ hostKey, servifyPrivateKey }))
    if (typeof value === 'string') canaries.push(secretCanary(`the ${what} of the rehearsal`, value));
  const partner =
    typeof partnerPassword === 'string' ? canary("the partner's password", partnerPassword) : null;
  return { all: partner ? [...canaries, partner] : canaries, partner };
}

const secretCanary = (what: string, value: string): Canary =>
  value.includes('-----BEGIN') ? keyCanary(what, value) : canary(what, value.trim());
