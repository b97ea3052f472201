import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadSystems } from '../../app/systems.ts';
import { TidegateError } from '../../base/errors.ts';
import { runExportTests } from '../../mapping/export/test-file.ts';
import { runMappingTests } from '../../mapping/test-file.ts';
import { define, exit } from '../command.ts';

export const testMappingCommand = define({
  async run({ args, options, printer }) {
    const files =
      args.length > 0 ? args : await testedMappings(join(dirname(resolve(options.config)), 'mappings'));
    const results = [];
    for (const file of files) {
      const { operations } = await loadSystems(join(dirname(resolve(file)), '..'));
      const test = isExportMapping(file) ? runExportTests : runMappingTests;
      results.push({ file, ...(await test(file, operations)) });
    }
    if (options.json) printer.json(results);
    else {
      for (const { file, passed, failed } of results) {
        for (const { name, problem } of failed) printer.failed(`${file}: ${name}`, problem);
        if (failed.length === 0) printer.ok(`${file}: ${passed} tests`);
      }
    }
    return results.some(({ failed }) => failed.length > 0) ? exit.failed : exit.done;
  },
});

const isExportMapping = (file: string): boolean => /\.export\.ya?ml$/.test(file);

async function testedMappings(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const tested = names
    .filter((name) => name.endsWith('.test.yaml'))
    .map((name) => join(folder, name.replace('.test.yaml', '.yaml')));
  if (tested.length > 0) return tested;
  throw new TidegateError('NOT_FOUND', 'there is no mapping with a test', {
    subject: folder,
    expected: 'a file like contract-sale.test.yaml beside contract-sale.yaml',
  });
}
