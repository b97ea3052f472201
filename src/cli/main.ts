import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { explain, TidegateError, TidegateErrors } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { exit } from './command.ts';
import { commands } from './commands.ts';
import { createPrinter, type Printer } from './print.ts';

const help = `
Bring a partner live:
  1. tidegate keygen --out config/keys/acme       send the .pub file to the partner
  2. write config/acme.yaml and its mapping       docs/configuration.md has every key
  3. tidegate check                               every line must say ok
  4. tidegate preview FILE --feed acme-sales      what would be sent; nothing is
  5. tidegate once, then tidegate run

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 something was rejected, parked or has to wait`;

/** Runs the command line and gives back the exit code; the process itself ends only at the edge, in `bin/`. */
export async function main(argv: readonly string[], printer = createPrinter()): Promise<number> {
  let code: number = exit.done;
  try {
    const program = await build(argv.slice(2), printer, (result) => {
      code = result;
    });
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return report(error, argv.includes('--json'), printer);
  }
}

/** All commands as the help shows them; the one that was typed with its own options and work too. */
async function build(
  args: readonly string[],
  printer: Printer,
  done: (code: number) => void,
): Promise<Command> {
  const program = new Command('tidegate')
    .description('Unattended SFTP batch file exchange: files in, API calls out, every line answered.')
    .version(version())
    .exitOverride()
    // It becomes an error like any other.
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', help);
  const typed = typedCommand(args);
  for (const { signature, summary, load } of commands) {
    const command = program
      .command(signature)
      .description(summary)
      .addOption(
        new Option('-c, --config <folder>', 'the folder with the configuration')
          .default('config')
          .env('TIDEGATE_CONFIG'),
      )
      .option('--json', 'print one JSON document instead of words');
    if (command.name() === typed) (await load()).attach(command, printer, done);
  }
  return program;
}

/** `null` where there is none, as when only the help is asked for. */
function typedCommand([name, ...more]: readonly string[]): string | null {
  if (name === 'help') return typedCommand(more);
  if (name === undefined || name.startsWith('-')) return null;
  const names = commands.map(({ signature }) => signature.split(' ')[0] ?? '');
  if (names.includes(name)) return name;
  const close = nearest(name, names) ?? names.find((known) => known.startsWith(name));
  throw new TidegateError('USAGE', `there is no command ${name}`, {
    fix: close ? `Did you mean ${close}?` : `The commands are: ${names.join(', ')}.`,
  });
}

/** Errors go to stderr in words; with `--json` they are a document on stdout, for whoever pipes it. */
function report(thrown: unknown, json: boolean, printer: Printer): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return exit.done;
    // The whole help was the answer to no command at all.
    if (thrown.code === 'commander.help') return exit.usage;
  }
  const error = thrown instanceof CommanderError ? usageError(thrown) : thrown;
  const errors = error instanceof TidegateErrors ? error.errors : [error];
  if (json) printer.json({ errors: errors.map(documentOf) });
  else printer.error(errors.map(explain).join('\n'));
  return exitCode(errors[0] instanceof TidegateError ? errors[0].code : '');
}

/** Commander's words begin with `error:`; a guess at what was meant stands in a line of its own. */
function usageError({ message }: CommanderError): TidegateError {
  const [problem = '', ...guess] = message.replace(/^error: /, '').split('\n');
  const meant = guess.join(' ').replace(/^\((.*)\)$/, '$1');
  const fix = meant || 'Options stand behind the command; `tidegate help COMMAND` lists them.';
  return new TidegateError('USAGE', problem.replace(/\.$/, ''), { fix });
}

function exitCode(code: string): number {
  // Only `preview` meets a refused file here.
  if (code === 'ARRIVAL_WAITS' || code.startsWith('FILE_')) return exit.attention;
  return /^(CONFIG|MAPPING|USAGE|NOT_FOUND|NOT_OPEN)/.test(code) ? exit.usage : exit.failed;
}

function documentOf(error: unknown) {
  if (!(error instanceof TidegateError)) return { code: null, message: explain(error) };
  const { code, message, subject, place, expected, fix, retry } = error;
  return { code, message, subject, place, expected, fix, retry };
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}
