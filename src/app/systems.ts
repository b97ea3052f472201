/** The systems that mappings may call: those that are built in, and those that files in the folder `systems` declare. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TidegateError, TidegateErrors } from '../base/errors.ts';
import type { Config, TargetConfig } from '../config/types.ts';
import { loadSystem } from '../connectors/declared/load.ts';
import type { DeclaredSystem } from '../connectors/declared/operation.ts';
import type { Systems } from '../mapping/types.ts';
import { systems as builtIn } from './implementations.ts';

export type DeclaredSystems = ReadonlyMap<string, DeclaredSystem>;

export interface KnownSystems {
  /** All of them. */
  operations: Systems;
  declared: DeclaredSystems;
}

/** They lie beside the configuration folder, as mappings do. */
export const systemsFor = (config: Config): Promise<KnownSystems> => loadSystems(dirname(config.folder));

/**
 * @param base the folder that `systems` lies in; it need not be there
 * @throws TidegateErrors `CONFIG_INVALID` with the problems of all files
 */
export async function loadSystems(base: string): Promise<KnownSystems> {
  const folder = join(base, 'systems');
  const names = await readdir(folder).catch((): string[] => []);
  const declared = new Map<string, DeclaredSystem>();
  const problems: TidegateError[] = [];
  for (const name of names.filter((each) => /^[^.].*\.ya?ml$/.test(each)).sort()) {
    try {
      const system = await loadSystem(join(folder, name));
      demandNewName(system.name, join(folder, name), declared);
      declared.set(system.name, system);
    } catch (error) {
      if (error instanceof TidegateErrors) problems.push(...error.errors);
      else if (error instanceof TidegateError) problems.push(error);
      else throw error;
    }
  }
  if (problems.length > 0) throw new TidegateErrors(problems);
  const operations = new Map(builtIn);
  for (const [name, system] of declared) operations.set(name, system.operations);
  return { operations, declared };
}

function demandNewName(name: string, file: string, declared: DeclaredSystems): void {
  if (!builtIn.has(name) && !declared.has(name)) return;
  throw new TidegateError('CONFIG_INVALID', `there is another system named ${name}`, {
    place: { file },
    fix: 'Give the file another name: that of the system is taken from it.',
  });
}

/** The system that a target is, as mappings name it. */
export const systemOf = (target: TargetConfig): string =>
  target.system === 'http' ? target.definition : target.system;
