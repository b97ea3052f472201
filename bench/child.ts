/** What is measured runs in processes of their own, so that time, CPU and memory are those of one thing alone. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that serves until it is told to end. */
export interface Beside<Ready> {
  ready: Ready;
  /** Seconds of CPU it has used from its start to its end. */
  end(): Promise<number>;
}

/** Runs a file of this folder to its end and gives the one message it sent. */
export async function inFreshProcess<Result>(file: string, options: object): Promise<Result> {
  const child = start(file, options);
  const result = await firstMessage(child, file);
  if (child.exitCode === null) await once(child, 'exit');
  return result as Result;
}

export async function beside<Ready>(file: string, options: object): Promise<Beside<Ready>> {
  const child = start(file, options);
  const ready = (await firstMessage(child, file)) as Ready;
  return {
    ready,
    async end() {
      const last = firstMessage(child, file);
      child.send('end');
      const { cpuSeconds } = (await last) as { cpuSeconds: number };
      if (child.exitCode === null) await once(child, 'exit');
      return cpuSeconds;
    },
  };
}

/** In the child: what it was started with. */
export const given = <Options>(): Options => JSON.parse(process.argv[2] ?? '{}') as Options;

/** In the child: its message to whoever started it. */
export const tell = (message: object): Promise<void> =>
  new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('this file is started by bench/run.ts');
    process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

/** In the child: serves until it is told to end, or nobody is left to tell it; then closes and says what it has used. */
export async function untilEnd(close: () => Promise<void>): Promise<void> {
  const wasTold = await Promise.race([
    once(process, 'message').then(() => true),
    once(process, 'disconnect').then(() => false),
  ]);
  await close();
  if (!wasTold) return;
  await tell({ cpuSeconds: cpuSeconds() });
  process.disconnect();
}

/** Seconds of CPU of this process with all its threads, user and system. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function start(file: string, options: object): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(options)]);
}

async function firstMessage(child: ChildProcess, file: string): Promise<unknown> {
  const message = Promise.withResolvers<unknown>();
  const onExit = (code: number | null): void => message.reject(new Error(`${file} ended with ${code}`));
  child.once('message', message.resolve);
  child.once('exit', onExit);
  child.once('error', message.reject);
  return message.promise.finally(() => child.off('exit', onExit));
}
