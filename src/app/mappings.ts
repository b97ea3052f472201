import { dirname, join } from 'node:path';
import { TidegateError, TidegateErrors } from '../base/errors.ts';
import type { Config, FeedConfig } from '../config/types.ts';
import { LINE } from '../exchange/dispatch/sent-agreement.ts';
import { loadMapping } from '../mapping/compile.ts';
import type { CompiledMapping, Systems } from '../mapping/types.ts';
import { systemOf } from './systems.ts';

/** Mappings lie in the folder `mappings` beside the configuration folder. */
export const mappingFile = (config: Config, name: string): string =>
  join(dirname(config.folder), 'mappings', `${name}.yaml`);

/** Every mapping that an enabled feed uses; all their problems together. */
export async function loadMappings(config: Config, systems: Systems): Promise<Map<string, CompiledMapping>> {
  const mappings = new Map<string, CompiledMapping>();
  const problems: TidegateError[] = [];
  for (const feed of Object.values(config.feeds)) {
    if (!feed.enabled) continue;
    try {
      const known = mappings.get(feed.mapping);
      const mapping = known ?? (await loadMapping(mappingFile(config, feed.mapping), systems));
      demandSameSystem(feed, mapping, config);
      demandCallbacks(feed, mapping, config);
      demandFiles(feed, mapping);
      mappings.set(feed.mapping, mapping);
    } catch (error) {
      if (error instanceof TidegateErrors) problems.push(...error.errors);
      else if (error instanceof TidegateError) problems.push(error);
      else throw error;
    }
  }
  if (problems.length > 0) throw new TidegateErrors(problems);
  return mappings;
}

function demandSameSystem(feed: FeedConfig, mapping: CompiledMapping, config: Config): void {
  const target = feed.target === null ? undefined : config.targets[feed.target];
  const system = target ? systemOf(target) : null;
  if (mapping.system === null || system === mapping.system) return;
  throw new TidegateError(
    'CONFIG_INVALID',
    `the feed sends rows for ${mapping.system} to a target of another system`,
    {
      subject: `feed ${feed.name}`,
      expected: `a target whose system is ${mapping.system}; ${feed.target ?? 'none'} is ${system ?? 'not there'}`,
      fix: 'Change the target or the mapping of the feed.',
    },
  );
}

/** Mapping and feed speak of the same files. */
function demandFiles(feed: FeedConfig, { name: mappingName, files }: CompiledMapping): void {
  const subject = `feed ${feed.name}`;
  for (const name of files.keys())
    if (!Object.hasOwn(feed.files, name))
      throw new TidegateError('CONFIG_INVALID', `nothing says where the file "${name}" goes`, {
        subject,
        expected: `feeds.${feed.name}.files.${name}`,
        fix: 'Say whose folder it goes to, and what it is called.',
      });
  for (const [name, { name: pattern, answered }] of Object.entries(feed.files)) {
    const file = files.get(name);
    if (!file)
      throw new TidegateError('CONFIG_INVALID', `${mappingName} has no file "${name}"`, {
        subject,
        expected: files.size > 0 ? [...files.keys()].join(', ') : 'no files',
        fix: 'Remove it, or let an action of the mapping put rows into it.',
      });
    const lost =
      answered && Object.keys(answered.match).find((one) => one !== LINE && !file.columns.includes(one));
    if (lost)
      throw new TidegateError(
        'CONFIG_INVALID',
        `the file "${name}" has no column "${lost}" to know its rows by`,
        {
          subject,
          expected: [...file.columns, LINE].join(', '),
          fix: `Change feeds.${feed.name}.files.${name}.answered.match.`,
        },
      );
    if (pattern !== null && pattern.includes('{split}') !== file.splits)
      throw new TidegateError('CONFIG_INVALID', `the name of the file "${name}" does not fit its split`, {
        subject,
        expected: file.splits ? 'a name with {split}' : 'a name without {split}',
        fix: `Change feeds.${feed.name}.files.${name}.name.`,
      });
  }
}

/** A row whose result can never be told would wait for its deadline, and then for a person. */
function demandCallbacks(feed: FeedConfig, mapping: CompiledMapping, config: Config): void {
  const told = [...mapping.actions.values()].find(({ operation }) => operation.async?.mode === 'callback');
  const target = feed.target === null ? undefined : config.targets[feed.target];
  if (!told || (target && 'callback' in target && target.callback)) return;
  throw new TidegateError('CONFIG_INVALID', `the result of ${told.operation.id} is told to a callback`, {
    subject: `feed ${feed.name}`,
    expected: `targets.${feed.target}.callback, and the section callbacks`,
    fix: 'Say how the target proves who it is, and where to listen; or use an operation that is done at once.',
  });
}
