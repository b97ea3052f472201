import { z } from 'zod';
import { contacts } from './alerts.ts';
import { complain, key } from './key.ts';
import {
  count,
  cron,
  duration,
  flag,
  hostKey,
  hostName,
  port,
  remotePath,
  secret,
  text,
  timeZone,
} from './leaves.ts';
import { retry } from './shared.ts';

const folders = z
  .strictObject({
    in: key(remotePath.prefault('/in'), 'Where the partner drops files.', '/in'),
    out: key(remotePath.prefault('/out'), 'Where acknowledgements are written.', '/out'),
    processed: key(remotePath.prefault('/processed'), 'Where sources go that were worked off.', '/processed'),
    errored: key(
      remotePath.prefault('/errored'),
      'Where sources go that were refused or had too many rejects.',
      '/errored',
    ),
  })
  .superRefine((paths, context) => {
    for (const { path, message } of overlaps(paths)) {
      complain(context, [path], message, {
        expected: 'four folders of which none is or contains another',
        fix: 'Give every folder a path of its own.',
      });
    }
  });

function overlaps(paths: Readonly<Record<string, string>>): { path: string; message: string }[] {
  const entries = Object.entries(paths);
  return entries.flatMap(([path, folder], index) =>
    entries
      .slice(0, index)
      .filter(([, earlier]) => isWithinOrAround(folder, earlier))
      .map(([name, earlier]) => ({
        path,
        message: `the folder ${folder} overlaps with ${name}: ${earlier}`,
      })),
  );
}

/** Whether one of two folders is or contains the other. */
export const isWithinOrAround = (one: string, other: string): boolean =>
  `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);

const archive = z
  .strictObject({
    timeZone: key(timeZone, 'The time zone in which months are meant.', 'Asia/Kolkata'),
    schedule: key(cron.prefault('0 3 * * *'), 'When to look for months that are due.', '30 2 * * *'),
    folder: key(
      remotePath.prefault('/archive'),
      'Where the archive lies at the partner’s server, unless `local` is given.',
      '/archive',
    ),
    local: key(
      text.nullable().prefault(null),
      'A folder of this machine that takes the archive instead; relative to where the configuration folder lies.',
      'archive/acme',
    ),
    form: key(
      z.enum(['folder', 'bundle']).prefault('folder'),
      'Whether a month becomes a folder of files or one tar.gz.',
      'bundle',
    ),
    after: key(
      count.prefault(2),
      'A month is archived when so many months have begun after it: with 2, August on the 1st of October.',
      3,
    ),
    restDays: key(
      z.int().min(0).prefault(7).meta({ title: 'number', expects: 'a whole number from 0' }),
      'A file stays where it is for so many days after its arrival was settled, whatever month it belongs to.',
      14,
    ),
    keepMonths: key(
      count.nullable().prefault(null),
      'Archived files are deleted when so many months have begun after theirs; the manifest stays. Must be more than `after`.',
      84,
    ),
  })
  .superRefine(({ after, keepMonths }, context) => {
    if (keepMonths === null || keepMonths > after) return;
    const problem = `a month is archived when ${after} have begun after it, and would be deleted at once`;
    complain(context, ['keepMonths'], problem, {
      expected: `more than ${after}, the months of \`after\``,
      fix: 'Lengthen keepMonths, or leave it away to keep all.',
    });
  });

const common = {
  folders: key(folders.prefault({}), 'The four folders, as the partner’s server shows them to us.', {
    in: '/incoming',
  }),
  marker: key(
    flag.prefault(true),
    'Whether the inbound folder is marked as held by this installation, so that a second one refuses to work in it. Only where no file may be made there: false.',
    false,
  ),
  contacts: key(
    contacts.nullable().prefault(null),
    'Who is told at the partner of files that were refused, or have rejected rows, in words for them. Without it nobody.',
    { to: ['files@acme.example'] },
  ),
  archive: key(
    archive.nullable().prefault(null),
    'How filed sources and answers are archived, month by month. Without it they stay where they are.',
    { timeZone: 'Europe/Berlin' },
  ),
};

const names = z.array(text).min(1).nullable().prefault(null);

const algorithms = z.strictObject({
  kex: key(names, 'Key exchange algorithms, best first.', ['curve25519-sha256']),
  cipher: key(names, 'Ciphers, best first.', ['aes256-gcm@openssh.com']),
  serverHostKey: key(names, 'Host key algorithms, best first.', ['ssh-ed25519']),
  hmac: key(names, 'Message authentication codes, best first.', ['hmac-sha2-256-etm@openssh.com']),
});

const deadlines = z.strictObject({
  connect: key(duration.prefault('15s'), 'For connecting and logging in.', '15s'),
  call: key(
    duration.prefault('30s'),
    'For every single call, and for every pause within a transfer; ten times as long for a whole listing, and for every 255 KB of a transfer.',
    '30s',
  ),
  close: key(duration.prefault('5s'), 'For saying goodbye; then the connection is cut.', '5s'),
});

const sftp = z
  .strictObject({
    protocol: key(z.literal('sftp'), 'How the partner’s folders are reached.', 'sftp'),
    host: key(hostName, 'The server.', 'sftp.acme.example'),
    port: key(port.prefault(22), 'Its SSH port.', 2222),
    user: key(text, 'The login name.', 'tidegate'),
    password: key(
      secret.nullable().prefault(null),
      'The password, when there is no key.',
      '${env:ACME_PASSWORD}',
    ),
    key: key(secret.nullable().prefault(null), 'The private key (PEM or OpenSSH).', '${file:keys/acme}'),
    passphrase: key(
      secret.nullable().prefault(null),
      'What the private key is encrypted with.',
      '${env:ACME_PASSPHRASE}',
    ),
    hostKeys: key(
      z.array(hostKey).prefault([]),
      'Fingerprints of the host keys that are accepted; several while a key is being replaced. This or `knownHosts` is mandatory.',
      ['SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s'],
    ),
    knownHosts: key(
      text.nullable().prefault(null),
      'A file in the known_hosts format, relative to the configuration folder.',
      'known_hosts',
    ),
    algorithms: key(algorithms.prefault({}), 'Narrows what the SSH connection may use.', {
      kex: ['curve25519-sha256'],
    }),
    deadlines: key(deadlines.prefault({}), 'How long the server may take.', { call: '60s' }),
    retry: key(
      retry.prefault({}),
      'How connecting is tried again; what fails on a connection waits for the next poll.',
      { attempts: 3 },
    ),
    ...common,
  })
  .superRefine((partner, context) => {
    if (partner.password !== null && partner.key !== null) {
      complain(context, ['password'], 'both a password and a key are given', {
        expected: 'one of them',
        fix: 'Keep the key and remove the password.',
      });
    }
    if (partner.password === null && partner.key === null) {
      complain(context, [], 'there is neither a key nor a password', {
        expected: 'a way to log in',
        fix: 'Add key: ${file:keys/NAME}; `tidegate keygen` makes one.',
      });
    }
    if (partner.passphrase !== null && partner.key === null) {
      complain(context, ['passphrase'], 'there is a passphrase without a key', {
        fix: 'Add the key or remove the passphrase.',
      });
    }
    if (partner.hostKeys.length === 0 && partner.knownHosts === null) {
      complain(context, [], 'no host key is pinned', {
        expected: 'hostKeys or knownHosts, so that nobody else can pose as the server',
        fix: 'Ask the partner for the fingerprint, compare it with `ssh-keyscan HOST | ssh-keygen -lf -` and add it to hostKeys.',
      });
    }
  });

const local = z.strictObject({
  protocol: key(z.literal('local'), 'A folder of this machine stands in for the partner’s server.', 'local'),
  root: key(
    text,
    'The folder that holds the four; relative to where the configuration folder lies.',
    'exchange/acme',
  ),
  ...common,
});

export const partner = z.discriminatedUnion('protocol', [sftp, local]);
