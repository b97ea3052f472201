import { type Command, InvalidArgumentError } from 'commander';
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
  attach(command: Command, printer: Printer, done: (code: number) => void): void;
}

/** Says what a command does; its name and summary are in `commands.ts`. `Options` are the types of what `configure` adds. */
export function define<Options extends object>(definition: {
  configure?(command: Command): unknown;
  run(call: Call<Options>): Promise<number>;
}): CommandDefinition {
  return {
    attach(command, printer, done) {
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
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 999999999.');
  return Number(text);
}
