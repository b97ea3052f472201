/** How files are packed: what comes in, and what goes out. */
import { z } from 'zod';
import { complain, key } from './key.ts';
import { count, doneFileName, duration, fileSuffix, flag, pgpFingerprint, secret } from './leaves.ts';

const ownKey = z.strictObject({
  key: key(secret, 'The private key in ASCII armor; `tidegate keygen --pgp` makes one.', '${file:keys/pgp}'),
  passphrase: key(
    secret.nullable().prefault(null),
    'What the private key is encrypted with.',
    '${env:PGP_PASSPHRASE}',
  ),
});

const pinnedKey = z.strictObject({
  key: key(secret, 'The partner’s public key in ASCII armor.', '${file:keys/acme.asc}'),
  fingerprint: key(
    pgpFingerprint,
    'The fingerprint of that key, as the partner told it by another way than the key itself.',
    'D1A6 6E1A 23B1 82C9 980F 788C FBFC C82A 015E 7330',
  ),
});

const inboundPgp = z
  .strictObject({
    decryptWith: key(
      z.array(ownKey).min(1),
      'Our keys that files are encrypted to; several while one is being replaced.',
      [{ key: '${file:keys/pgp}' }],
    ),
    signature: key(
      z.enum(['required', 'none']).prefault('required'),
      'Whether files must be signed. Anybody who has our public key can send a file that is not.',
      'none',
    ),
    verifyWith: key(
      z.array(pinnedKey).prefault([]),
      'The partner’s keys that a signature may be made with; several while one is being replaced.',
      [{ key: '${file:keys/acme.asc}', fingerprint: 'D1A6 6E1A 23B1 82C9 980F 788C FBFC C82A 015E 7330' }],
    ),
  })
  .superRefine(({ signature, verifyWith }, context) => {
    if (signature === 'required' && verifyWith.length === 0) {
      complain(context, ['verifyWith'], 'a signature is required, and no key is given to verify it with', {
        expected: 'the public key of the partner with its fingerprint',
        fix: 'Add the key; or write signature: none, which lets anybody who has our public key send files.',
      });
    }
    if (signature === 'none' && verifyWith.length > 0) {
      complain(context, ['signature'], 'there are keys to verify with, and no signature is required', {
        expected: 'signature: required, or no verifyWith',
        fix: 'Write signature: required.',
      });
    }
  });

const inboundChecksum = z.strictObject({
  when: key(
    z.enum(['required', 'ifThere']).prefault('required'),
    'Whether a file waits for its checksum file, or is checked only where one lies beside it.',
    'ifThere',
  ),
  algorithm: key(z.enum(['sha256', 'md5']).prefault('sha256'), 'What the partner computes.', 'md5'),
  file: key(
    doneFileName.nullable().prefault(null),
    'The name of the checksum file; `{name}` is the name of the file. `{name}.sha256` or `{name}.md5` unless given.',
    '{name}.sum',
  ),
  waitFor: key(
    duration.prefault('15m'),
    'A file with another checksum may still be in the works; after so long it is refused.',
    '1h',
  ),
});

/** Of a feed. */
export const inboundPacking = z.strictObject({
  gzip: key(flag.prefault(false), 'Whether the content is packed with gzip.', true),
  pgp: key(inboundPgp.nullable().prefault(null), 'Whether the file, gzip and all, is encrypted with PGP.', {
    decryptWith: [{ key: '${file:keys/pgp}' }],
  }),
  suffix: key(
    fileSuffix.nullable().prefault(null),
    'What file names have behind the common name; unless given `.gz`, and for PGP `.pgp`, `.gpg` or `.asc` behind it.',
    '.enc',
  ),
  maxRatio: key(
    count.prefault(200),
    'The content may be so many times as large as the packed file; small files may always have 1 MB.',
    1000,
  ),
  checksum: key(
    inboundChecksum.nullable().prefault(null),
    'A file beside each one that says its checksum, as `sha256sum` writes it.',
    { when: 'ifThere' },
  ),
});

/** Of replies to what we send. */
export const replyPacking = inboundPacking.omit({ checksum: true });

const outboundPgp = z.strictObject({
  encryptTo: key(z.array(pinnedKey).min(1), 'The keys of those who are to read it.', [
    { key: '${file:keys/acme.asc}', fingerprint: 'D1A6 6E1A 23B1 82C9 980F 788C FBFC C82A 015E 7330' },
  ]),
  signWith: key(ownKey.nullable().prefault(null), 'Our key that it is signed with; unsigned without.', {
    key: '${file:keys/pgp}',
  }),
});

/** Of what we write. */
export const outboundPacking = z
  .strictObject({
    gzip: key(flag.prefault(false), 'Whether it is packed with gzip (`.gz`).', true),
    pgp: key(outboundPgp.nullable().prefault(null), 'Whether it is then encrypted with PGP (`.pgp`).', {
      encryptTo: [
        { key: '${file:keys/acme.asc}', fingerprint: 'D1A6 6E1A 23B1 82C9 980F 788C FBFC C82A 015E 7330' },
      ],
    }),
    checksum: key(flag.prefault(false), 'Whether `NAME.sha256` is written beside it.', true),
    doneFile: key(
      doneFileName.nullable().prefault(null),
      'An empty file that is written last, to say that all is there; `{name}` is the name of the file.',
      '{name}.done',
    ),
  })
  .superRefine(({ checksum, doneFile }, context) => {
    if (checksum && doneFile === '{name}.sha256') {
      complain(context, ['doneFile'], 'the checksum file has this name', {
        expected: 'a name of its own, such as {name}.done',
        fix: 'Change doneFile.',
      });
    }
  });
