/** Puts values in the place of `${env:NAME}` and `${file:path}`. The only reader of the environment, which is given to it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import { type Description, descriptionsAt, type Path } from './description.ts';
import type { Merged } from './merge.ts';
import { Secret } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `sealed`: none is read, for whoever only looks at the ledger; they need not even be there. */
export type Secrets = 'read' | 'sealed';

interface Resolution {
  tree: unknown;
  problems: TidegateError[];
  /** Paths whose value is missing or refused; nothing more need be said about them. */
  failed: Path[];
}

export async function resolveReferences(
  merged: Merged,
  folder: string,
  env: Environment,
  secrets: Secrets,
): Promise<Resolution> {
  const problems: TidegateError[] = [];
  const failed: Path[] = [];

  const visit = async (value: unknown, path: Path): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map((item, index) => visit(item, [...path, index])));
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(
        async ([name, item]) => [name, await visit(item, [...path, name])] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    }
    try {
      return await resolveValue(value, descriptionsAt(path, merged.tree), folder, env, secrets);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { problem, fix } = error;
      const place = merged.locate(path, 'value');
      problems.push(new TidegateError('CONFIG_SECRET', `${path.at(-1)} ${problem}`, { place, fix }));
      failed.push(path);
      return value;
    }
  };
  const tree = await visit(merged.tree, []);
  return { tree, problems, failed };
}

class Refused extends Error {
  readonly problem: string;
  readonly fix: string;

  constructor(problem: string, fix: string) {
    super(problem);
    this.problem = problem;
    this.fix = fix;
  }
}

async function resolveValue(
  value: unknown,
  kinds: Description[],
  folder: string,
  env: Environment,
  secrets: Secrets,
): Promise<unknown> {
  const isSecret = kinds.some((kind) => kind.title === 'secret');
  const reference = typeof value === 'string' ? /^\$\{(env|file):([^}]+)\}$/.exec(value) : null;
  if (reference === null) {
    if (isSecret && value !== null) {
      throw new Refused(
        'is a secret and must not stand in the file',
        'Write ${env:NAME} or ${file:path} and keep the value there.',
      );
    }
    if (typeof value === 'string' && /\$\{(env|file):/.test(value)) {
      throw new Refused(
        'holds a reference among other text',
        'Let the reference be the whole value: ${env:NAME}.',
      );
    }
    return value;
  }
  const [whole, scheme, name = ''] = reference;
  if (isSecret && secrets === 'sealed') return new Secret(null, whole);
  if (scheme === 'env') {
    const found = env[name];
    if (found === undefined || found === '') {
      throw new Refused(
        `needs the environment variable ${name}, which is not set or empty`,
        `Set ${name} and start again.`,
      );
    }
    return isSecret ? new Secret(found, whole) : plainValue(found, kinds);
  }
  if (!isSecret)
    throw new Refused('is no secret and is not read from a file', 'Write the value itself or ${env:NAME}.');
  return new Secret(await readSecret(resolve(folder, name), name), whole);
}

/** Without the line break that editors leave at the end. */
async function readSecret(path: string, name: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch {
    throw new Refused(
      `needs the file ${name}, which cannot be read`,
      `Put the value into ${path}, readable by this user only.`,
    );
  }
  const value = content.replace(/\r?\n$/, '');
  if (value === '')
    throw new Refused(`needs the file ${name}, which is empty`, `Put the value into ${path}.`);
  return value;
}

function plainValue(text: string, kinds: Description[]): unknown {
  const types = kinds.map((kind) => kind.type);
  if ((types.includes('integer') || types.includes('number')) && /^-?\d+$/.test(text)) return Number(text);
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
