/** The real command line as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/main.ts';
import { createPrinter } from '../../src/cli/print.ts';
import { type Canary, canary, demandNone, findCanaries, personalCanaries, secretsOf } from './canaries.ts';

const bin = fileURLToPath(new URL('../../bin/tidegate.js', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Resolves once the printed text matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Fails when a secret or personal value is found in what was printed. */
  finished: Promise<Finished>;
}

/**
 * Nothing of the surrounding environment gets in but the path.
 * @param within what its command line begins with, to run it in a namespace
 */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
): Started {
  const [program = '', ...rest] = [...within, process.execPath, bin, ...args];
  const child = spawn(program, rest, { env: { PATH: process.env['PATH'] ?? '', ...env } });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const note = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    note();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    note();
  });
  const finished = once(child, 'close').then(async ([code]) => {
    demandNone(await searchOutput(args, env, { stdout, stderr }));
    return { code: code as number | null, stdout, stderr };
  });
  return {
    child,
    output: () => stdout + stderr,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stdout + stderr);
          if (!match) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        const ended = (): void =>
          reject(new Error(`it ended without printing ${pattern}:\n${stdout}${stderr}`));
        void finished.then(ended, ended);
      }),
    finished,
  };
}

export const tidegate = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> => start(args, env).finished;

/** In this process, for commands that only read: starting one takes most of their time. */
export async function typed(args: readonly string[]): Promise<Finished> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await main(['node', 'tidegate', ...args], createPrinter(out, err));
  const printed = { stdout: String(out.read() ?? ''), stderr: String(err.read() ?? '') };
  demandNone(await searchOutput(args, {}, printed));
  return { code, ...printed };
}

async function searchOutput(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  printed: { stdout: string; stderr: string },
): Promise<string[]> {
  const canaries = [...(await secretsBeside(args)), ...secretsIn(env)];
  const [command] = args;
  // The record of what was sent, asked for in full.
  if (!(command === 'show' && args.includes('--json'))) canaries.push(...personalCanaries);
  return Object.entries(printed).flatMap(([where, text]) => findCanaries(where, text, canaries));
}

async function secretsBeside(args: readonly string[]): Promise<Canary[]> {
  const after = (...names: string[]): string | undefined =>
    args[args.findIndex((arg) => names.includes(arg)) + 1];
  const made = ['demo', 'sandbox'].includes(args[0] ?? '');
  const folder = made
    ? join(after('--folder') ?? '', 'config')
    : args.some((arg) => arg === '-c' || arg === '--config')
      ? after('-c', '--config')
      : undefined;
  if (folder === undefined) return [];
  const { all, partner } = await secretsOf(folder);
  // Whoever rehearses is told how the partner logs in.
  return made ? all.filter((secret) => secret !== partner) : all;
}

const secretsIn = (env: Readonly<Record<string, string>>): Canary[] =>
  Object.entries(env)
    .filter(([name, value]) => /SECRET|PASSWORD|KEY|SIGNATURE/.test(name) && value !== '')
    .map(([name, value]) => canary(`the secret ${name}`, value));
