import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TidegateError } from '../../base/errors.ts';
import { generateKeyPair } from '../../remote/keygen.ts';
import { define, exit } from '../command.ts';

export const keygenCommand = define<{ out: string; comment: string }>({
  configure: (command) =>
    command
      .requiredOption('-o, --out <file>', 'where the private key goes; the public one gets .pub')
      .option('--comment <text>', 'what the key is for', 'tidegate'),
  async run({ options, printer }) {
    const { out, comment } = options;
    for (const path of [out, `${out}.pub`]) await demandNone(path);
    const pair = generateKeyPair(comment);
    try {
      await mkdir(dirname(out), { recursive: true });
      await writeFile(out, pair.privateKey, { flag: 'wx', mode: 0o600 });
      await writeFile(`${out}.pub`, pair.publicKey, { flag: 'wx', mode: 0o644 });
    } catch (cause) {
      throw notWritten(out, cause);
    }
    if (options.json)
      printer.json({ privateKey: out, publicKey: `${out}.pub`, fingerprint: pair.fingerprint });
    else {
      printer.line(`private key: ${out} (keep it; nobody else needs it)`);
      printer.line(`public key:  ${out}.pub (send this one to whoever runs the server)`);
      printer.line(`fingerprint: ${pair.fingerprint}`);
    }
    return exit.done;
  },
});

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
