import { dirname, join } from 'node:path';
import { TidegateError, TidegateErrors } from '../base/errors.ts';
import type { Config } from '../config/types.ts';
import { loadMapping } from '../mapping/compile.ts';
import type { CompiledMapping } from '../mapping/types.ts';
import { systems } from './implementations.ts';

/** Mappings lie in the folder `mappings` beside the configuration folder. */
export const mappingFile = (config: Config, name: string): string =>
  join(dirname(config.folder), 'mappings', `${name}.yaml`);

/** Every mapping that an enabled feed uses; all their problems together. */
export async function loadMappings(config: Config): Promise<Map<string, CompiledMapping>> {
  const mappings = new Map<string, CompiledMapping>();
  const problems: TidegateError[] = [];
  for (const feed of Object.values(config.feeds)) {
    if (!feed.enabled || mappings.has(feed.mapping)) continue;
    const operations = systems.get(config.targets[feed.target]?.system ?? '') ?? new Map();
    try {
      mappings.set(feed.mapping, await loadMapping(mappingFile(config, feed.mapping), operations));
    } catch (error) {
      if (error instanceof TidegateErrors) problems.push(...error.errors);
      else if (error instanceof TidegateError) problems.push(error);
      else throw error;
    }
  }
  if (problems.length > 0) throw new TidegateErrors(problems);
  return mappings;
}
