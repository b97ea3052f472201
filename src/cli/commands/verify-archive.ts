import type { Finding } from '../../exchange/archive/verify.ts';
import { displayName } from '../../remote/names.ts';
import { define, exit } from '../command.ts';
import { readConfig } from '../context.ts';
import { withArchives } from './archive.ts';

export const verifyArchiveCommand = define<{ partner?: string[] }>({
  configure: (command) => command.option('-p, --partner <name...>', 'only these partners'),
  run: async ({ options, printer }) =>
    withArchives(options, await readConfig(options), async (app, policies) => {
      const findings: (Finding & { partner: string })[] = [];
      let [archives, files] = [0, 0];
      for (const policy of policies) {
        const verified = await app.archives.verify(policy);
        archives += verified.archives;
        files += verified.files;
        findings.push(...verified.findings.map((finding) => ({ partner: policy.partner, ...finding })));
      }
      if (options.json) printer.json({ archives, files, findings });
      else {
        for (const { partner, path, problem, fix } of findings)
          printer.error(`${partner}: ${displayPath(path)}: ${problem}. ${fix}`);
        const verdict = findings.length === 0 ? 'all is as it was made' : `findings: ${findings.length}`;
        printer.line(`archives: ${archives}, files: ${files}; ${verdict}`);
      }
      return findings.length === 0 ? exit.done : exit.attention;
    }),
});

/** Others choose the names of what they put in. */
const displayPath = (path: string): string => path.split('/').map(displayName).join('/');
