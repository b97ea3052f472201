import { once } from 'node:events';
import { stringify } from 'yaml';
import type { Rehearsal } from '../../app/rehearsal.ts';
import { controlPath } from '../../sandbox/control.ts';
import { define, exit } from '../command.ts';
import { stopSignal } from '../context.ts';
import type { Printer } from '../print.ts';

export const sandboxCommand = define<{ folder: string; fresh?: boolean }>({
  configure: (command) =>
    command
      .option('--folder <folder>', 'where everything lies', '.sandbox')
      .option('--fresh', 'forget the earlier rehearsal in the folder: files, ledger, keys, ports'),
  async run({ options, printer }) {
    const stop = stopSignal();
    // Not with the other imports: no other command should load servers at its start.
    const { startRehearsal } = await import('../../app/rehearsal.ts');
    const rehearsal = await startRehearsal({
      folder: options.folder,
      fresh: options.fresh === true,
      schedule: '*/5 * * * * *',
      stableFor: '1s',
      allSystems: true,
    });
    if (options.json) printer.json(documentOf(rehearsal));
    else describe(rehearsal, options.folder, printer);
    if (!stop.aborted) await once(stop, 'abort');
    await rehearsal.close();
    return exit.done;
  },
});

const systemsOf = ({ servify, others }: Rehearsal): [string, string][] => [
  ['servify', servify.url],
  ...[...others].map(([system, { url }]): [string, string] => [system, url]),
];

function documentOf(rehearsal: Rehearsal) {
  const { sftp, servify, mail, partner, configFolder, partnerRoot, targets } = rehearsal;
  const systems = systemsOf(rehearsal).map(([system, url]) => [system, { url, control: url + controlPath }]);
  return {
    sftp: { port: sftp.port, ...partner },
    api: servify.url,
    systems: Object.fromEntries(systems),
    mail: { port: mail.port },
    configFolder,
    partnerRoot,
    targets,
  };
}

function describe(rehearsal: Rehearsal, folder: string, printer: Printer): void {
  const { sftp, mail, partner, configFolder, partnerRoot, targets } = rehearsal;
  printer.line(
    `SFTP  sftp -P ${sftp.port} ${partner.user}@${sftp.host}     password ${partner.password}, host key ${sftp.fingerprint}`,
  );
  for (const [system, url] of systemsOf(rehearsal))
    printer.line(`API   ${url} (${system}, in memory; looked into and told to fail at ${controlPath})`);
  printer.line(`Mail  ${mail.port}, caught mails are kept in ${folder}/mail`);
  printer.line();
  printer.line(`Targets, as ${configFolder} has them; the secrets are in its keys:`);
  printer.line();
  printer.line(stringify({ targets }, { lineWidth: 0 }));
  printer.line(
    `In another terminal:  tidegate check -c ${configFolder}   then   tidegate run -c ${configFolder}`,
  );
  printer.line(
    `Then drop a file like samples/Sales_20240611_090000.csv into /in (or ${partnerRoot}/in). Ctrl-C ends it.`,
  );
}
