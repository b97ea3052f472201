import { readFile } from 'node:fs/promises';
import { TidegateError } from '../../base/errors.ts';
import { allowedAddress } from '../../hosting/address.ts';
import { isSameKey, publicKeyLine } from '../../hosting/public-key.ts';
import { setUpOf } from '../../hosting/set-up.ts';
import { define, exit } from '../command.ts';

interface Options {
  key: string[];
  ourKey: string[];
  from?: string[];
  ourFrom?: string[];
  user?: string;
  ourUser?: string;
  root: string;
  etc: string;
}

export const hostConfigCommand = define<Options>({
  configure: (command) =>
    command
      .requiredOption('--key <files...>', 'the public keys of the partner')
      .requiredOption('--our-key <files...>', 'the public keys of this installation (tidegate keygen)')
      .option('--from <addresses...>', 'where the partner may come from, for example 203.0.113.0/24')
      .option('--our-from <addresses...>', 'where this installation may come from')
      .option('--user <name>', 'the account of the partner, if not the name of the partner')
      .option('--our-user <name>', 'our account, if not tidegate-PARTNER')
      .option('--root <folder>', 'where the folders of all partners lie', '/srv/sftp')
      .option('--etc <folder>', 'where sshd_config lies', '/etc/ssh'),
  async run({ args, options, printer }) {
    const partner = name(args[0] ?? '', 'the partner');
    const [theirs, ours] = accounts(options.user ?? partner, options.ourUser ?? `tidegate-${partner}`);
    const [key, ourKey] = [await readKeys(options.key), await readKeys(options.ourKey)];
    demandNoneInCommon(key, ourKey);
    const setUp = setUpOf({
      partner,
      theirs: {
        user: theirs,
        keys: key,
        from: addresses(options.from),
      },
      ours: {
        user: ours,
        keys: ourKey,
        from: addresses(options.ourFrom),
      },
      root: folder(options.root, '--root'),
      etc: folder(options.etc, '--etc'),
    });
    if (options.json) printer.json(setUp);
    else printer.line(setUp.script.trimEnd());
    return exit.done;
  },
});

/** What is set up for an account locks it into the folder: the administrator of the machine must never be one of them. */
function accounts(theirs: string, ours: string): [theirs: string, ours: string] {
  if (theirs === ours)
    throw new TidegateError('USAGE', `${theirs} cannot be both the account of the partner and ours`, {
      subject: '--our-user',
      expected: 'two accounts, so that what was filed is ours alone',
    });
  return [account(theirs, '--user'), account(ours, '--our-user')];
}

function account(text: string, subject: string): string {
  if (text !== 'root') return name(text, subject);
  throw new TidegateError('USAGE', 'root is no account for this', {
    subject,
    expected: 'an account that is used for this alone, and made by what is printed',
  });
}

/** What `useradd` takes everywhere, so that nothing in the script needs quotes. */
function name(text: string, subject: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(text)) return text;
  throw new TidegateError('USAGE', `"${text}" is no name for an account`, {
    subject,
    expected: 'a small letter, then at most 30 small letters, digits and hyphens',
  });
}

function folder(text: string, subject: string): string {
  if (/^(\/[\w.-]+)+$/.test(text)) return text;
  throw new TidegateError('USAGE', `"${text}" is no folder for this`, {
    subject,
    expected: 'an absolute path of letters, digits, dots, hyphens and underscores',
  });
}

const addresses = (list: readonly string[] = []): string[] =>
  list.flatMap((text) => text.split(',')).map((text) => allowedAddress(text.trim()));

/** Who has a key of ours could change what was filed. */
function demandNoneInCommon(theirs: readonly string[], ours: readonly string[]): void {
  if (!theirs.some((one) => ours.some((other) => isSameKey(one, other)))) return;
  throw new TidegateError('USAGE', 'one key cannot be both of the partner and ours', {
    subject: '--our-key',
    expected: 'other keys for --our-key than for --key',
    fix: 'Ask the partner for theirs; ours is the .pub that `tidegate keygen` has made.',
  });
}

const readKeys = (files: readonly string[]): Promise<string[]> =>
  Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch((cause: unknown) => {
        throw new TidegateError('USAGE', 'the key file cannot be read', { subject: file, cause });
      });
      return publicKeyLine(text, file);
    }),
  );
