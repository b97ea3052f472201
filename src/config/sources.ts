/** The files of the configuration folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError } from '../base/errors.ts';
import { parseYaml, type YamlFile } from '../base/yaml.ts';

/** All `*.yaml` and `*.yml` files of the folder itself, in the order of their names; hidden files and folders are not read. */
export async function readSources(folder: string): Promise<YamlFile[]> {
  let names: string[];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', 'the configuration folder cannot be read', {
      subject: folder,
      fix: 'Create it, or name another one with --config.',
      cause,
    });
  }
  const wanted = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
  if (wanted.length === 0) {
    throw new TidegateError('CONFIG_INVALID', 'the configuration folder holds no .yaml file', {
      subject: folder,
      fix: 'Start from config/example/tidegate.example.yaml.',
    });
  }
  return Promise.all(
    wanted.map(async (name) => parseYaml(join(folder, name), await readFile(join(folder, name), 'utf8'))),
  );
}
