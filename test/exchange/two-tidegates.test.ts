import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openLedger } from '../../src/ledger/sqlite.ts';
import { start } from '../support/cli.ts';
import { type Exchange, partnerAt, startExchange, type Yaml } from '../support/exchange.ts';
import { killedAt } from '../support/kills.ts';
import { layoutCsv } from '../support/layout-exchange.ts';
import { hasOpenSsh, type OpenSsh, startOpenSsh } from '../support/openssh.ts';
import { packedAnswers, packedFeed, unpacked, writeKeys } from '../support/packed.ts';
import { newPgpKey, type TestKey } from '../support/pgp.ts';
import { rowsOf, sale } from '../support/sales.ts';

const source = 'Sales_20240611_090000.csv';
const answer = 'SalesAck_20240611_090000.csv';

let server: OpenSsh;
let sender: Exchange;
let taker: Exchange;
/** Set where all that goes between them is packed. */
let keys: { sender: TestKey; taker: TestKey } | null;

/** The sender hands sales on as they are; the taker creates contracts of them. Between them is a server of neither. */
describe.runIf(hasOpenSsh())('two installations that face each other', () => {
  beforeEach(async () => {
    server = await startOpenSsh(['in', 'out', 'processed', 'errored']);
  });
  const startBoth = async (): Promise<void> => {
    taker = await startExchange({ server, adjust: takePacked });
    sender = await startExchange({ adjust: handOn });
    await Promise.all([sender.app.close(), taker.app.close()]);
  };
  afterEach(async () => {
    await sender.stop();
    await taker.stop();
    await server.stop();
  });

  it.each([
    ['as they are', ''],
    ['packed, with files beside them that say so', '.gz.pgp'],
  ])(
    'know of every row what became of it, whichever of them is killed in between: %s',
    async (_how, suffix) => {
      keys = suffix === '' ? null : { sender: await newPgpKey('sender'), taker: await newPgpKey('taker') };
      await startBoth();
      const beside = (name: string): string[] => (keys ? [name, `${name}.done`, `${name}.sha256`] : [name]);
      const rows = Array.from({ length: 12 }, (_, n) => sale(n + 1));
      rows[4] = sale(5, { 'Plan Code': 'NOSUCHPLAN' });
      rows[6] = sale(7, { 'Customer Name': '=SUM(1)' });
      await sender.drop(source, layoutCsv(rows));

      await killed(sender, `remote.rename ${server.base}/in:after`);
      await once(sender);
      expect(await taker.list('/in')).toEqual(beside(source + suffix));
      await killed(taker, 'connector.call Contract/createContract:after');
      await killed(taker, `remote.rename ${server.base}/out:after`);
      await once(taker);
      expect(await taker.list('/in')).toEqual([]);
      expect(await taker.list('/processed')).toEqual(
        beside(source + suffix).filter((name) => !name.endsWith('.done')),
      );
      expect(await taker.list('/out')).toEqual(expect.arrayContaining(beside(answer + suffix)));
      await killed(sender, 'ledger.takeSaid:after');
      await once(sender);

      const contracts = [...taker.rehearsal.servify.contracts.values()];
      expect(contracts).toHaveLength(11);
      const ledger = await openLedger({ file: join(sender.folder, 'ledger', 'ledger.db'), readOnly: true });
      const [dispatch] = await ledger.dispatches({ limit: 1 });
      expect(dispatch?.counts).toEqual({ rows: 12, awaited: 0, accepted: 11, rejected: 1 });
      const said = await ledger.dispatchRows(dispatch?.outbound ?? 0, 0, 100);
      await ledger.close();
      const answered = rowsOf(
        keys
          ? await unpacked(join(taker.root, 'out', answer + suffix), keys.sender, keys.taker)
          : await taker.read(`/out/${answer}`),
      );
      expect(said.map(({ line, theirId }) => [String(line), theirId])).toEqual(
        answered.map((row) => [row['Line'], row['Created Sold Plan Code']]),
      );
      expect(said.filter(({ state }) => state === 'rejected').map(({ line }) => line)).toEqual([6]);
      expect(rowsOf(await sender.read(`/out/${answer}`))).toHaveLength(12);
    },
    300_000,
  );
});

async function takePacked(config: Yaml, { configFolder }: { configFolder: string }): Promise<void> {
  if (!keys) return;
  await writeKeys(configFolder, keys.taker, keys.sender);
  const [feed] = Object.values<Yaml>(config.feeds);
  feed.packing = { ...packedFeed(keys.sender), checksum: { when: 'required' } };
  feed.stable = { doneFile: '{name}.done' };
  feed.acknowledgement = { packing: packedAnswers(keys.sender) };
}

/** Every column goes out as it came. */
async function handOn(config: Yaml, { configFolder }: { configFolder: string }): Promise<void> {
  const path = join(configFolder, '..', 'mappings', 'contract-layout.yaml');
  const mapping = parse(await readFile(path, 'utf8'));
  const columns = Object.fromEntries(Object.keys(mapping.columns).map((column) => [column, { column }]));
  for (const action of Object.values<Yaml>(mapping.actions)) action.files = { sales: { columns } };
  await writeFile(path, stringify(mapping));
  config.partners.taker = { ...(await partnerAt(server, configFolder)), marker: false };
  const [feed] = Object.values<Yaml>(config.feeds);
  delete feed.target;
  feed.mapping = 'contract-layout';
  const { base } = server;
  if (keys) await writeKeys(configFolder, keys.sender, keys.taker);
  feed.files = {
    sales: {
      ...{ partner: 'taker', folder: `${base}/in`, dataType: 'Sales' },
      ...(keys ? { packing: packedAnswers(keys.taker) } : {}),
      answered: {
        folder: `${base}/out`,
        stableFor: '50ms',
        ...(keys ? { packing: packedFeed(keys.taker) } : {}),
        replies: [
          {
            name: 'SalesAck_{stamp}*.csv',
            outcome: {
              column: 'Result',
              accepted: ['Accepted', 'Duplicate*'],
              rejected: ['Rejected'],
              pending: ['Held*'],
            },
            id: 'Created Sold Plan Code',
            reason: ['Status Code', 'Message'],
          },
        ],
        match: { $line: 'Line', 'External Contract ID': 'External Contract ID' },
        within: '1d',
      },
    },
  };
}

const run = ({ rehearsal }: Exchange, env = {}) => start(['once', '-c', rehearsal.configFolder], env);

async function once(exchange: Exchange): Promise<void> {
  const { code, stderr } = await run(exchange).finished;
  expect([0, 3], stderr).toContain(code);
}

async function killed(exchange: Exchange, point: string): Promise<void> {
  const { child, finished } = run(exchange, killedAt(point));
  const { stdout, stderr } = await finished;
  expect(child.signalCode, `${point} was not reached\n${stdout}${stderr}`).toBe('SIGKILL');
}
