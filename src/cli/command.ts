import { type Command, InvalidArgumentError, Option } from 'commander';
import { TidegateError } from '../base/errors.ts';
import type { Printer } from './print.ts';

/** Exit codes, as the help documents them. */
export const exit = { done: 0, failed: 1, usage: 2, attention: 3 } as const;

export interface GlobalOptions {
  config: string;
  json?: boolean;
}

/** What a command gets: what was typed, and where to print. It gives back its exit code. */
export interface Call<Options> {
  args: readonly string[];
  options: Options & GlobalOptions;
  printer: Printer;
}

export interface CommandDefinition {
  register(program: Command, printer: Printer, done: (code: number) => void): void;
}

/** Declares a command; `options` are the types of what `configure` adds. */
export function define<Options extends object>(definition: {
  /** Name and arguments, e.g. `show <arrival>`. */
  signature: string;
  summary: string;
  configure?(command: Command): unknown;
  run(call: Call<Options>): Promise<number>;
}): CommandDefinition {
  return {
    register(program, printer, done) {
      const command = program
        .command(definition.signature)
        .description(definition.summary)
        .addOption(
          new Option('-c, --config <folder>', 'the folder with the configuration')
            .default('config')
            .env('TIDEGATE_CONFIG'),
        )
        .option('--json', 'print one JSON document instead of words');
      definition.configure?.(command);
      command.action(async () => {
        const args = command.args;
        done(await definition.run({ args, options: command.opts<Options & GlobalOptions>(), printer }));
      });
    },
  };
}

/** Reads the number of an arrival. */
export function arrivalNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TidegateError('USAGE', `"${text}" is no arrival`, {
    expected: 'the number of an arrival',
    fix: '`tidegate files` lists them.',
  });
}

/** Reads a positive whole number. */
export function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(text);
}
