import { once } from 'node:events';
import { define, exit } from '../command.ts';
import { stopSignal } from '../context.ts';

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
    });
    const { sftp, servify, mail, partner, configFolder, partnerRoot } = rehearsal;
    if (options.json) {
      printer.json({
        sftp: { port: sftp.port, ...partner },
        api: servify.url,
        mail: { port: mail.port },
        configFolder,
        partnerRoot,
      });
    } else {
      printer.line(
        `SFTP  sftp -P ${sftp.port} ${partner.user}@${sftp.host}     password ${partner.password}, host key ${sftp.fingerprint}`,
      );
      printer.line(`API   ${servify.url} (Servify, in memory)`);
      printer.line(`Mail  ${mail.port}, caught mails are kept in ${options.folder}/mail`);
      printer.line();
      printer.line(
        `In another terminal:  tidegate check -c ${configFolder}   then   tidegate run -c ${configFolder}`,
      );
      printer.line(
        `Then drop a file like samples/Sales_20240611_090000.csv into /in (or ${partnerRoot}/in). Ctrl-C ends it.`,
      );
    }
    if (!stop.aborted) await once(stop, 'abort');
    await rehearsal.close();
    return exit.done;
  },
});
