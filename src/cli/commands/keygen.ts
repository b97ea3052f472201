import { mkdir, writeFile } from 'node:fs/promises';
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
    const pair = generateKeyPair(comment);
    await mkdir(dirname(out), { recursive: true });
    await writeNew(out, pair.privateKey, 0o600);
    await writeNew(`${out}.pub`, pair.publicKey, 0o644);
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

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode });
  } catch (cause) {
    throw new TidegateError('USAGE', 'the key file cannot be written', {
      subject: path,
      expected: 'a new file in a folder that can be written to',
      fix: 'A key is never overwritten: choose another name, or move the old one away first.',
      cause,
    });
  }
}
