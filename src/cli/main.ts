import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { explain, TidegateError, TidegateErrors } from '../base/errors.ts';
import { exit } from './command.ts';
import { adoptCommand } from './commands/adopt.ts';
import { checkCommand } from './commands/check.ts';
import { demoCommand } from './commands/demo.ts';
import { filesCommand } from './commands/files.ts';
import { keygenCommand } from './commands/keygen.ts';
import { onceCommand } from './commands/once.ts';
import { operationsCommand } from './commands/operations.ts';
import { previewCommand } from './commands/preview.ts';
import { resolveCommand } from './commands/resolve.ts';
import { retryCommand } from './commands/retry.ts';
import { runCommand } from './commands/run.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { showCommand } from './commands/show.ts';
import { statusCommand } from './commands/status.ts';
import { testMappingCommand } from './commands/test-mapping.ts';
import { createPrinter, type Printer } from './print.ts';

/** In the order of the help. */
const commands = [
  demoCommand,
  keygenCommand,
  checkCommand,
  previewCommand,
  testMappingCommand,
  operationsCommand,
  onceCommand,
  runCommand,
  statusCommand,
  filesCommand,
  showCommand,
  resolveCommand,
  retryCommand,
  adoptCommand,
  sandboxCommand,
];

const help = `
Bring a partner live:
  1. tidegate keygen --out config/keys/acme       send the .pub file to the partner
  2. write config/acme.yaml and its mapping       docs/configuration.md has every key
  3. tidegate check                               every line must say ok
  4. tidegate preview FILE --feed acme-sales      what would be sent; nothing is
  5. tidegate once, then tidegate run

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 something was rejected, parked or has to wait`;

/** Runs the command line and gives back the exit code; the process itself ends only at the edge, in `bin/`. */
export async function main(argv: readonly string[]): Promise<number> {
  const printer = createPrinter();
  let code: number = exit.done;
  const program = build(printer, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return report(error, argv.includes('--json'), printer);
  }
}

function build(printer: Printer, done: (code: number) => void): Command {
  const program = new Command('tidegate')
    .description('Unattended SFTP batch file exchange: files in, API calls out, every line answered.')
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', help);
  for (const command of commands) command.register(program, printer, done);
  return program;
}

/** Errors go to stderr in words; with `--json` they are a document on stdout, for whoever pipes it. */
function report(error: unknown, json: boolean, printer: Printer): number {
  // Commander has printed its own explanation.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
  const errors = error instanceof TidegateErrors ? error.errors : [error];
  if (json) printer.json({ errors: errors.map(documentOf) });
  else printer.error(errors.map(explain).join('\n'));
  const code = errors[0] instanceof TidegateError ? errors[0].code : '';
  if (code === 'ARRIVAL_WAITS') return exit.attention;
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
