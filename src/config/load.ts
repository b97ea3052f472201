import { dirname, resolve } from 'node:path';
import { type Place, TidegateError, TidegateErrors } from '../base/errors.ts';
import { yamlProblems } from '../base/yaml.ts';
import { crossProblems } from './cross.ts';
import type { Path } from './description.ts';
import type { Names } from './known-names.ts';
import { isRecord, type Merged, mergeSources } from './merge.ts';
import { problemsOf } from './problems.ts';
import { type Environment, resolveReferences, type Secrets } from './references.ts';
import { configSchema, mapSections } from './schema/root.ts';
import { readSources } from './sources.ts';
import type { Config, ParsedConfig } from './types.ts';

/**
 * Reads all YAML files of the folder, puts in the secrets, checks everything and freezes the result.
 * @param env where `${env:NAME}` is looked up
 * @param secrets whether their values are put in, or stay where they are
 * @throws TidegateErrors all problems at once, in the order of the files (`CONFIG_INVALID`, `CONFIG_SECRET`)
 */
export async function loadConfig(
  folder: string,
  env: Environment,
  secrets: Secrets = 'read',
): Promise<Config> {
  const sources = await readSources(folder).catch((error: unknown) => {
    throw error instanceof TidegateError ? new TidegateErrors([error]) : error;
  });
  const unreadable = sources.flatMap((source) => yamlProblems(source, 'CONFIG_INVALID'));
  if (unreadable.length > 0) throw new TidegateErrors(unreadable);

  const merged = mergeSources(sources);
  const resolved = await resolveReferences(merged, folder, env, secrets);
  const { config, problems } = check(resolved.tree, resolved.failed, merged);
  const all = [...merged.problems, ...resolved.problems, ...problems];
  if (config === null || all.length > 0) throw new TidegateErrors(all.sort(byPlace));
  return complete(config, folder);
}

function check(
  tree: unknown,
  failed: readonly Path[],
  merged: Merged,
): { config: ParsedConfig | null; problems: TidegateError[] } {
  const result = configSchema.safeParse(tree);
  const callbacks = isRecord(tree) && isRecord(tree['callbacks']);
  const names: Names = {
    calendars: namesOf(tree, 'calendars'),
    partners: namesOf(tree, 'partners'),
    targets: namesOf(tree, 'targets'),
    feeds: namesOf(tree, 'feeds'),
    callbacks,
  };
  if (result.success) return { config: result.data, problems: crossProblems(result.data, names, merged) };

  const { issues } = result.error;
  const fresh = issues.filter((issue) => !failed.some((path) => samePath(path, issue.path)));
  const problems = problemsOf(fresh, merged, tree);
  // What is right in itself is checked against the rest all the same, so that one round shows as much as possible.
  const rest = configSchema.safeParse(
    without(
      tree,
      issues.map((issue) => issue.path),
    ),
  );
  if (rest.success) problems.push(...crossProblems(rest.data, names, merged));
  return { config: null, problems };
}

function namesOf(tree: unknown, section: string): string[] {
  const entries = isRecord(tree) ? tree[section] : undefined;
  return isRecord(entries) ? Object.keys(entries) : [];
}

const samePath = (a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean =>
  a.length === b.length && a.every((step, index) => step === b[index]);

/** The tree without the entries (`partners.acme`, `mail`) that the paths lie in. */
function without(tree: unknown, paths: readonly (readonly PropertyKey[])[]): unknown {
  if (!isRecord(tree)) return tree;
  const broken = (...path: string[]) =>
    paths.some((other) => path.every((step, index) => step === other[index]));
  const sections = Object.entries(tree).flatMap(([section, value]) => {
    if (!broken(section)) return section in configSchema.shape ? [[section, value]] : [];
    if (!isRecord(value) || !mapSections.some((name) => name === section)) return [];
    return [[section, Object.fromEntries(Object.entries(value).filter(([name]) => !broken(section, name)))]];
  });
  return Object.fromEntries(sections);
}

/** Adds names and common limits and makes paths absolute. */
function complete(parsed: ParsedConfig, folder: string): Config {
  const configFolder = resolve(folder);
  const base = dirname(configFolder);
  const { storage, log, limits, mail, alerts, heartbeat, callbacks } = parsed;
  const config: Config = {
    folder: configFolder,
    storage: { ...storage, folder: resolve(base, storage.folder) },
    log,
    limits,
    mail,
    alerts,
    heartbeat,
    callbacks,
    pauses: parsed.pauses,
    calendars: parsed.calendars,
    targets: mapEntries(parsed.targets, (target, name) => ({ ...target, name })),
    partners: mapEntries(parsed.partners, (partner, name) => {
      const { local } = partner.archive ?? {};
      const archive = partner.archive && { ...partner.archive, local: local ? resolve(base, local) : null };
      return partner.protocol === 'local'
        ? { ...partner, name, archive, root: resolve(base, partner.root) }
        : {
            ...{ ...partner, name, archive },
            knownHosts: partner.knownHosts && resolve(configFolder, partner.knownHosts),
          };
    }),
    feeds: mapEntries(parsed.feeds, (feed, name) => {
      const { limits: own, ...rest } = feed;
      const effective = {
        maxBytes: own.maxBytes ?? limits.maxBytes,
        maxRows: own.maxRows ?? limits.maxRows,
        maxRecordBytes: own.maxRecordBytes ?? limits.maxRecordBytes,
        maxFieldChars: own.maxFieldChars ?? limits.maxFieldChars,
        maxFilesPerPoll: own.maxFilesPerPoll ?? limits.maxFilesPerPoll,
      };
      return { ...rest, name, limits: effective };
    }),
    exports: mapEntries(parsed.exports, (entry, name) => ({ ...entry, name })),
  };
  return deepFreeze(config);
}

function mapEntries<In, Out>(
  entries: Readonly<Record<string, In>>,
  map: (entry: In, name: string) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, map(entry, name)]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

function byPlace(a: TidegateError, b: TidegateError): number {
  const rank = (place: Place | undefined) =>
    [place?.file ?? '', place?.line ?? 0, place?.column ?? 0] as const;
  const [fileA, lineA, columnA] = rank(a.place);
  const [fileB, lineB, columnB] = rank(b.place);
  return fileA === fileB ? lineA - lineB || columnA - columnB : fileA < fileB ? -1 : 1;
}
