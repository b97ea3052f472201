/** The set-up that is printed is run as it is, and then used by both sides. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { generateKeyPair, type KeyPair } from '../../src/remote/keygen.ts';
import { openSftpFolder } from '../../src/remote/sftp.ts';
import { tidegate } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { hasOpenSsh, startSshd } from '../support/openssh.ts';

const run = promisify(execFile);
const rsaKey = (bits: number): string => `${ssh2.utils.generateKeyPairSync('rsa', { bits }).public}\n`;

interface Keys {
  theirs: string;
  ours: string;
}

async function writeKeys(folder: string, theirs: KeyPair, ours: KeyPair): Promise<Keys> {
  const keys = { theirs: join(folder, 'theirs.pub'), ours: join(folder, 'ours.pub') };
  await writeFile(keys.theirs, `${theirs.publicKey}\n`);
  await writeFile(keys.ours, `${ours.publicKey}\n`);
  return keys;
}

describe('host-config refuses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-hosting-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const pair = generateKeyPair('pat@example.com');
  const file = (name: string, text: string) => async () => {
    await writeFile(join(folder, name), text);
    return ['--key', join(folder, name)];
  };

  it.each<[what: string, args: () => Promise<string[]>, said: RegExp]>([
    ['a private key', file('private', pair.privateKey), /private key, which nobody else may ever see/],
    ['no key', file('none', 'hello\n'), /no key that can be read/],
    ['two keys in one file', file('two', `${pair.publicKey}\n${pair.publicKey}\n`), /more than one line/],
    ['two keys in one line', file('run', `${pair.publicKey}${pair.publicKey}\n`), /goes on with another key/],
    [
      'a key without a comment before another',
      file('bare', `${pair.publicKey.replace(/ pat.*/, '')} ${pair.publicKey}\n`),
      /goes on with another key/,
    ],
    ['a key file that is not there', async () => ['--key', join(folder, 'gone')], /cannot be read/],
    ['an address that is none', async () => ['--from', '203.0.113.300'], /is no address/],
    ['a network with bits behind its mask', async () => ['--from', '203.0.113.7/24'], /without bits behind/],
    ['the same in the longer form', async () => ['--from', '2001:db8::1/64'], /without bits behind/],
    ['a host name', async () => ['--from', '*.example.com'], /is no address/],
    ['an account name that needs quotes', async () => ['--user', 'a;reboot'], /is no name for an account/],
    ['the account of the administrator', async () => ['--user', 'root'], /root is no account for this/],
    ['the same as our account', async () => ['--our-user', 'root'], /root is no account for this/],
    ['one account for both', async () => ['--our-user', 'acme'], /acme cannot be both/],
    ['an RSA key a little too short', async () => file('short', rsaKey(2040))(), /shorter than 2048 bits/],
    ['a folder that needs quotes', async () => ['--root', '/srv/$(reboot)'], /is no folder for this/],
  ])('%s', async (_what, args, said) => {
    const { theirs, ours } = await writeKeys(folder, pair, generateKeyPair('ours'));
    const given = await args();
    const keys = ['--our-key', ours, ...(given[0] === '--key' ? [] : ['--key', theirs])];
    const { code, stderr } = await tidegate(['host-config', 'acme', ...keys, ...given]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(said)]);
  });

  it('a key of the partner that is ours too, whatever it is called there', async () => {
    const other = { ...pair, publicKey: pair.publicKey.replace('pat@', 'us@') };
    const { theirs, ours } = await writeKeys(folder, pair, other);
    const keys = ['--key', theirs, '--our-key', ours];
    const { code, stderr } = await tidegate(['host-config', 'acme', ...keys]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot be both of the partner and ours/)]);
  });

  it('no RSA key of 2048 bits', async () => {
    const { ours } = await writeKeys(folder, pair, generateKeyPair('ours'));
    const args = await file('long', rsaKey(2048))();
    const { code, stderr } = await tidegate(['host-config', 'acme', '--our-key', ours, ...args]);
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe.runIf(hasOpenSsh())('an OpenSSH server that is set up by host-config', { timeout: 60_000 }, () => {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const sudo = (...command: string[]) => {
    const [program = '', ...args] = [...asRoot, ...command];
    return run(program, args);
  };
  const partner = `tg-${randomBytes(4).toString('hex')}`;
  const [theirs, ours, host] = ['theirs', 'ours', 'host'].map((name) => generateKeyPair(name)) as [
    KeyPair,
    KeyPair,
    KeyPair,
  ];
  let home: string;
  let keys: Keys;
  let port: number;
  let stop: () => void;

  const print = async (...more: string[]): Promise<string> => {
    const places = ['--root', join(home, 'srv'), '--etc', join(home, 'etc')];
    const given = ['--key', keys.theirs, '--our-key', keys.ours, ...places, ...more];
    const { code, stdout, stderr } = await tidegate(['host-config', partner, ...given]);
    expect([code, stderr]).toEqual([0, '']);
    const script = join(home, 'set-up.sh');
    await writeFile(script, stdout);
    return script;
  };
  const setUp = async (...more: string[]) => sudo('sh', await print(...more));

  beforeAll(async () => {
    home = await mkdtemp('/var/lib/tidegate-hosting-');
    await chmod(home, 0o755);
    keys = await writeKeys(home, theirs, ours);
    await mkdir(join(home, 'etc'));
    port = await freePort();
    await writeFile(join(home, 'host_key'), host.privateKey, { mode: 0o600 });
    await writeFile(join(home, 'theirs'), theirs.privateKey, { mode: 0o600 });
    await writeFile(join(home, 'known_hosts'), `[127.0.0.1]:${port} ${host.publicKey}\n`);
    await writeFile(
      join(home, 'etc', 'sshd_config'),
      `Include ${home}/etc/sshd_config.d/*.conf
Port ${port}
ListenAddress 127.0.0.1
HostKey ${home}/host_key
PidFile none
Subsystem sftp internal-sftp
`,
    );
    await setUp('--from', '127.0.0.0/8');
    const sshd = await startSshd(join(home, 'etc', 'sshd_config'));
    stop = () => sshd.kill('SIGTERM');
  });
  afterAll(async () => {
    stop();
    for (const user of [partner, `tidegate-${partner}`]) await sudo('userdel', user);
    await sudo('groupdel', partner).catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  });

  /** OpenSSH's own client, as the partner may use it. */
  async function sftp(...commands: string[]): Promise<string> {
    const batch = join(home, 'batch');
    await writeFile(batch, `${commands.join('\n')}\n`);
    const { stdout } = await run('sftp', [
      ...['-b', batch, '-P', String(port), '-i', join(home, 'theirs'), '-o', 'IdentitiesOnly=yes'],
      ...['-o', `UserKnownHostsFile=${join(home, 'known_hosts')}`, `${partner}@127.0.0.1`],
    ]);
    return stdout;
  }
  const ssh = (...more: string[]) =>
    run('ssh', [
      ...['-p', String(port), '-i', join(home, 'theirs'), '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
      ...['-o', `UserKnownHostsFile=${join(home, 'known_hosts')}`, ...more, `${partner}@127.0.0.1`],
    ]);
  const ourFolder = () => {
    const folder = openSftpFolder({
      ...{ host: '127.0.0.1', port, username: `tidegate-${partner}` },
      ...{ auth: { privateKey: ours.privateKey }, hostKeys: [host.fingerprint] },
    });
    onTestFinished(() => folder.close());
    return folder;
  };

  it('lets the partner drop, us file and answer, and the partner read that', async () => {
    const [sent, answer, got] = ['sent.csv', 'answer.csv', 'got.csv'].map((name) => join(home, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(sent, 'A,B\n1,2\n', { mode: 0o644 });
    await writeFile(answer, 'Line,Result\n2,Accepted\n');
    await sftp(`put ${sent} /in/Sales_20240611.csv`);

    const remote = ourFolder();
    const fetched = join(home, 'fetched.csv');
    await remote.fetch('/in/Sales_20240611.csv', fetched, 1000);
    expect(await readFile(fetched, 'utf8')).toBe('A,B\n1,2\n');
    await remote.put(answer, '/out/SalesAck_20240611.csv');
    await remote.move('/in/Sales_20240611.csv', '/processed/Sales_20240611.csv');

    await sftp(`get /out/SalesAck_20240611.csv ${got}`);
    expect(await readFile(got, 'utf8')).toBe('Line,Result\n2,Accepted\n');
    expect(await sftp('ls -1 /in')).not.toContain('Sales_');
  });

  it.each([
    ['write to /out', 'put /etc/hostname /out/x'],
    ['remove an answer', 'rm /out/*'],
    ['see what was filed', 'ls /processed'],
    ['change what was filed', 'put /etc/hostname /processed/Sales_20240611.csv'],
    ['put anything beside the folders', 'put /etc/hostname /x'],
    ['lock the others out of /in', 'chmod 700 /in'],
    ['leave the folder', 'ls /etc'],
    ['reach out of it by dots', 'get /in/../../../../etc/passwd'],
  ])('does not let the partner %s', async (_what, command) => {
    await ourFolder()
      .put(join(home, 'known_hosts'), '/out/there')
      .catch(() => undefined);
    await expect(sftp(command)).rejects.toThrow();
  });

  it('gives the partner no shell and no tunnel', async () => {
    await expect(ssh()).rejects.toMatchObject({ stdout: expect.not.stringMatching(/uid|\$/) });
    await expect(ssh('-N', '-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1')).rejects.toMatchObject({
      stderr: expect.stringMatching(/forward/),
    });
  });

  it('lets nobody in from elsewhere, and everybody again once that is taken back', async () => {
    await setUp('--from', '203.0.113.0/24,2001:db8::/32');
    await expect(sftp('ls /in')).rejects.toThrow(/Permission denied/);
    await setUp('--from', '127.0.0.1');
    await sftp('ls /in');
  });

  it('can be set up again without changing anything', async () => {
    const state = () =>
      execFileSync('ls', ['-lR', join(home, 'srv'), join(home, 'etc', 'sshd_config.d')]).toString();
    const before = state();
    await setUp('--from', '127.0.0.1');
    expect(state().replace(/\d\d:\d\d/g, '')).toBe(before.replace(/\d\d:\d\d/g, ''));
  });

  it('keeps what sshd would refuse away from it', async () => {
    const script = await print('--from', '127.0.0.1');
    const text = await readFile(script, 'utf8');
    await writeFile(script, text.replace('PermitTTY no', 'PermitTTY perhaps'));
    await expect(sudo('sh', script)).rejects.toThrow(/sshd refuses this/);
    await run('/usr/sbin/sshd', ['-t', '-f', join(home, 'etc', 'sshd_config')]);
    await sftp('ls /in');
  });

  it.each(['--user', '--our-user'])('never takes over an account that others made (%s)', async (option) => {
    const other = `${partner}-x`;
    await sudo('useradd', '--system', '--user-group', other);
    onTestFinished(async () => void (await sudo('userdel', other)));
    const state = async () =>
      [
        (await run('getent', ['passwd', other])).stdout,
        execFileSync('ls', ['-lR', join(home, 'srv'), join(home, 'etc')]).toString(),
      ].join('');
    const before = await state();
    await expect(setUp(option, other)).rejects.toThrow(`${other} is another's account`);
    expect(await state()).toBe(before);
  });

  it('takes no group of others for the partner', async () => {
    const other = `${partner}-g`;
    await sudo('groupadd', '--system', other);
    onTestFinished(async () => void (await sudo('groupdel', other)));
    await expect(setUp('--user', other)).rejects.toThrow(/group .* exists/);
  });

  it('must lie where only root can write', async () => {
    await chmod(home, 0o777);
    onTestFinished(() => chmod(home, 0o755));
    await expect(setUp()).rejects.toThrow(/must belong to root/);
  });
});
