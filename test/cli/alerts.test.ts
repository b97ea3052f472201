/** `alerts test`, `check` and `incidents`, with real servers behind every channel. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Rehearsal, startRehearsal } from '../../src/app/rehearsal.ts';
import { type SmsGateway, startSmsGateway } from '../../src/sandbox/sms-gateway.ts';
import { startWebhookCatcher, type WebhookCatcher } from '../../src/sandbox/webhook-catcher.ts';
import { start, tidegate } from '../support/cli.ts';

// Each command is a process of its own; several in one test take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let rehearsal: Rehearsal;
let gateway: SmsGateway;
let hook: WebhookCatcher;
let config: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  rehearsal = await startRehearsal({ folder, fresh: true, schedule: '0 0 1 1 *', stableFor: '50ms' });
  config = ['-c', rehearsal.configFolder];
  gateway = await startSmsGateway({ account: 'AC1', token: 'sms-token' });
  hook = await startWebhookCatcher();
  const file = join(rehearsal.configFolder, 'tidegate.yaml');
  const yaml = parse(await readFile(file, 'utf8'));
  yaml.alerts = {
    channels: {
      'on-call': { kind: 'sms', url: gateway.url, account: 'AC1', token: '${file:keys/sms}', from: '+4930' },
      chat: { kind: 'webhook', url: '${file:keys/hook}', format: 'slack' },
    },
    routes: [
      { channel: 'on-call', to: ['+491700000001', '+491700000002'], severity: 'critical' },
      { channel: 'on-call', to: ['+491700000001'], kinds: ['rows-parked'] },
      { channel: 'chat' },
      { channel: 'mail', to: ['team@example.com'], severity: 'warning' },
    ],
  };
  yaml.partners.acme.contacts = { to: ['files@acme.example'] };
  await writeFile(join(rehearsal.configFolder, 'keys', 'sms'), 'sms-token');
  await writeFile(join(rehearsal.configFolder, 'keys', 'hook'), `${hook.url}/secret-path`);
  await writeFile(file, stringify(yaml));
});
afterEach(async () => {
  await Promise.all([rehearsal.close(), gateway.close(), hook.close()]);
  await rm(folder, { recursive: true, force: true });
});

describe('alerts test', () => {
  it('sends a marked message to everybody who may be told, and says what became of it', async () => {
    const { code, stdout } = await tidegate(['alerts', 'test', '--json', ...config]);
    expect(code).toBe(0);
    const line = (channel: string, recipient: string | null) => ({
      ...{ channel, recipient, ok: true, detail: 'taken' },
    });
    expect(JSON.parse(stdout)).toEqual([
      line('mail', 'operations@example.com'),
      line('mail', 'team@example.com'),
      line('on-call', '+491700000001'),
      line('on-call', '+491700000002'),
      line('chat', null),
    ]);
    expect(rehearsal.mail.messages()).toMatchObject([
      {
        subject: 'Test: notices by mail reach you',
        recipients: ['operations@example.com', 'team@example.com'],
      },
    ]);
    expect(gateway.messages().map(({ to }) => to)).toEqual(['+491700000001', '+491700000002']);
    expect(hook.bodies()).toHaveLength(1);
  });

  it('says for each recipient who was not reached, without secrets, and tries one channel alone', async () => {
    gateway.refuse.set('+491700000002', 21211);
    hook.faults.status = 500;
    const all = await tidegate(['alerts', 'test', ...config]);
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(/ok {5}on-call: \+491700000001: taken/);
    expect(all.stdout).toMatch(/failed on-call: \+491700000002\n.*refused with code 21211/);
    expect(all.stdout).toMatch(/failed chat\n.*CHANNEL_FAILED.*status 500/);
    expect(all.stdout).toContain('2 of 5 recipients were not reached.');
    expect(all.stdout + all.stderr).not.toMatch(/sms-token|secret-path/);
    const sent = rehearsal.mail.messages().length;
    expect((await tidegate(['alerts', 'test', '--channel', 'on-call', ...config])).code).toBe(1);
    expect(rehearsal.mail.messages()).toHaveLength(sent);
    const wrong = await tidegate(['alerts', 'test', '--channel', 'on-cal', ...config]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean on-call?')]);
    expect((await tidegate(['alerts', 'try', ...config])).code).toBe(2);
  });
});

describe('check', () => {
  it('proves every channel, and tells nobody', async () => {
    const { stdout } = await tidegate(['check', ...config]);
    expect(stdout).toMatch(/ok {5}mail: 127\.0\.0\.1:\d+ lets us in \(none\); 3 recipients/);
    expect(stdout).toMatch(/ok {5}channel on-call: the gateway knows the account/);
    expect(stdout).toMatch(/ok {5}channel chat: 127\.0\.0\.1 answers/);
    expect([rehearsal.mail.messages(), gateway.messages(), hook.bodies()]).toEqual([[], [], []]);
    gateway.faults.status = 401;
    expect((await tidegate(['check', ...config])).stdout).toMatch(
      /failed channel on-call\n.*refused the login/,
    );
  });
});

describe('incidents', () => {
  it('lists what is open and who was told, and what is over', async () => {
    expect((await tidegate(['once', ...config])).code).toBe(0);
    expect(await tidegate(['incidents', ...config])).toMatchObject({
      code: 0,
      stdout: 'No incident is open.\n',
    });
    rehearsal.sftp.swapHostKey();
    for (let time = 0; time < 2; time++) await tidegate(['once', ...config]);
    const { code, stdout } = await tidegate(['incidents', '--json', ...config]);
    expect(code).toBe(3);
    const told = (channel: string, to: string[]) => ({ channel, to, messages: 1 });
    expect(JSON.parse(stdout)).toMatchObject([
      {
        ...{ cause: 'partner:acme:REMOTE_HOST_KEY', kind: 'host-key', severity: 'critical', times: 2 },
        closedAt: null,
        told: [
          told('mail', ['operations@example.com', 'team@example.com']),
          told('on-call', ['+491700000001']),
          told('on-call', ['+491700000002']),
          told('chat', []),
        ],
      },
    ]);
    expect((await tidegate(['incidents', ...config])).stdout).toMatch(/critical[\s\S]*pinned/);
    expect((await tidegate(['incidents', '--all', '--json', ...config])).stdout).toContain(
      '"closedAt": null',
    );
  });

  it('are closed by the word of a person, which is told to whoever was told of them', async () => {
    expect((await tidegate(['once', ...config])).code).toBe(0);
    rehearsal.sftp.swapHostKey();
    await tidegate(['once', ...config]);
    const close = (...args: string[]) => tidegate(['incidents', '--close', ...args, ...config]);
    expect(await close('1')).toMatchObject({ code: 2, stderr: expect.stringContaining('--because') });
    expect(await close('7', '--because', 'x')).toMatchObject({
      stderr: expect.stringContaining('NOT_FOUND'),
    });
    expect(await close('1', '--because', 'they have moved; see the new partner')).toMatchObject({ code: 0 });
    expect((await tidegate(['incidents', ...config])).stdout).toBe('No incident is open.\n');
    await tidegate(['once', ...config]);
    const mails = rehearsal.mail.messages();
    const closing = mails.find(({ subject }) =>
      /^Closed by \S+ after .*: acme: the server shows/.test(subject),
    );
    expect(closing?.text).toContain('they have moved; see the new partner');
    // It is noticed again, so it is told again.
    expect((await tidegate(['incidents', ...config])).code).toBe(3);
  });
});

describe('an incident whose process is killed', () => {
  /** Ends the process with a kill when it comes to this point; see `src/base/boundary.ts`. */
  const killedAt = (point: string): Record<string, string> => {
    const hookIn = `globalThis[Symbol.for('tidegate.boundary')] = (at) => { if (at === '${point}') process.kill(process.pid, 'SIGKILL'); }`;
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hookIn)}` };
  };
  const once = (env = {}) => start(['once', ...config], env).finished;

  it.each([
    ['ledger.raise:before', 'ledger.over:before'],
    ['ledger.raise:after', 'ledger.over:after'],
    ['ledger.route:before', 'ledger.route:after'],
    ['mail.send:before', 'mail.send:after'],
    ['ledger.messageSent:before', 'ledger.messageSent:after'],
  ])('at its opening (%s) and its end (%s) is neither lost nor doubled', async (atOpening, atEnd) => {
    await once();
    rehearsal.sftp.faults.refuseConnections(1000);
    await once(killedAt(atOpening));
    await once();
    rehearsal.sftp.faults.clear();
    await once(killedAt(atEnd));
    await once();
    await once();
    const { stdout } = await tidegate(['incidents', '--all', '--json', ...config]);
    expect(JSON.parse(stdout)).toMatchObject([
      { cause: 'partner:acme:REMOTE_UNREACHABLE', closedAt: expect.any(Number) },
    ]);
    const ids = (pattern: RegExp) =>
      new Set(
        rehearsal.mail
          .messages()
          .filter(({ subject }) => pattern.test(subject))
          .map(({ messageId }) => messageId),
      ).size;
    expect([ids(/^acme: Tidegate could not look for files$/), ids(/^Over after/)]).toEqual([1, 1]);
  });
});
