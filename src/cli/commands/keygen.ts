import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { generatePgpPair } from '../../packing/keygen.ts';
import { generateKeyPair } from '../../remote/keygen.ts';
import { define, exit } from '../command.ts';

interface Options {
  out: string;
  comment: string;
  pgp?: string;
  passphraseFile?: string;
}

export const keygenCommand = define<Options>({
  configure: (command) =>
    command
      .requiredOption('-o, --out <file>', 'where the private key goes; the public one gets .pub')
      .option('--comment <text>', 'what the key is for', 'tidegate')
      .option('--pgp <name>', 'a PGP pair instead, for whom: "Example Ltd <files@example.com>"')
      .option('--passphrase-file <file>', 'what the private key of a PGP pair is encrypted with'),
  async run({ options, printer }) {
    const { out } = options;
    for (const path of [out, `${out}.pub`]) await demandNone(path);
    const pair = await newPair(options);
    try {
      await mkdir(dirname(out), { recursive: true });
      await writeFile(out, pair.privateKey, { flag: 'wx', mode: 0o600 });
      // Without its end, the next key that is appended somewhere would become part of the comment.
      await writeFile(`${out}.pub`, `${pair.publicKey.trimEnd()}\n`, { flag: 'wx', mode: 0o644 });
    } catch (cause) {
      throw notWritten(out, cause);
    }
    if (options.json)
      printer.json({ privateKey: out, publicKey: `${out}.pub`, fingerprint: pair.fingerprint });
    else {
      const whom = options.pgp === undefined ? 'whoever runs the server' : 'the partner';
      printer.line(`private key: ${out} (keep it; nobody else needs it)`);
      printer.line(`public key:  ${out}.pub (send this one to ${whom})`);
      printer.line(`fingerprint: ${pair.fingerprint}`);
    }
    return exit.done;
  },
});

async function newPair({ comment, pgp, passphraseFile }: Options) {
  if (pgp === undefined && passphraseFile === undefined) return generateKeyPair(comment);
  if (pgp === undefined)
    throw new TidegateError('USAGE', 'a passphrase goes with a PGP key', {
      fix: 'Add --pgp with a name, or leave out --passphrase-file.',
    });
  const passphrase = passphraseFile === undefined ? null : await readPassphrase(passphraseFile);
  return generatePgpPair(pgp, passphrase === null ? null : { reveal: () => passphrase }, systemClock.now());
}

/** Read as the configuration reads it later. */
async function readPassphrase(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase !== '') return passphrase;
  throw new TidegateError('USAGE', 'the passphrase cannot be read, or is empty', {
    subject: file,
    fix: 'Name a file that holds the passphrase and nothing else.',
  });
}

/** Before either is written: half a pair would be in the way of the next try. */
async function demandNone(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (!found) return;
  throw new TidegateError('USAGE', 'there is a file of this name already, and a key is never overwritten', {
    subject: path,
    expected: 'a name that neither the private key nor its .pub has yet',
    fix: 'Choose another name with --out, or move the old pair away first; the partner may still go by it.',
  });
}

function notWritten(path: string, cause: unknown): TidegateError {
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new TidegateError('USAGE', `the key cannot be written${reason}`, {
    subject: path,
    expected: 'a new file in a folder that can be written to',
    fix: 'Choose another folder with --out, or look at the rights of this one.',
    cause,
  });
}
