import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain, TidegateErrors } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tidegate-')), 'config');
  await mkdir(folder);
});
afterEach(() => rm(dirname(folder), { recursive: true }));

const env = {
  SERVIFY_CLIENT_ID: 'client-7',
  SERVIFY_SIGNATURE: 'canary-signature',
  ACME_PASSWORD: 'canary-password',
};

const targets = `targets:
  servify:
    system: servify
    baseUrl: https://api.example.com
    clientId: \${env:SERVIFY_CLIENT_ID}
    clientSecret: \${env:SERVIFY_SIGNATURE}
    host: exchange.example.com
    servifyPublicKey: \${env:SERVIFY_SIGNATURE}
    privateKey: \${env:SERVIFY_SIGNATURE}
`;
const partners = `partners:
  acme:
    protocol: sftp
    host: sftp.acme.example
    user: tidegate
    password: \${env:ACME_PASSWORD}
    hostKeys: [SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s]
`;
const feeds = `feeds:
  acme-sales:
    partner: acme
    dataType: Sales
    mapping: contract-sale
    target: servify
    schedule: "*/5 * * * *"
    timeZone: Europe/Berlin
`;
const complete = targets + partners + feeds;

async function load(
  files: Record<string, string> | string,
  environment: Record<string, string | undefined> = env,
) {
  const named = typeof files === 'string' ? { 'tidegate.yaml': files } : files;
  for (const [name, content] of Object.entries(named)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return loadConfig(folder, environment);
}

/** The problems as a person reads them, with the folder cut off. */
async function problems(
  files: Record<string, string> | string,
  environment = env as Record<string, string | undefined>,
) {
  try {
    await load(files, environment);
  } catch (error) {
    if (error instanceof TidegateErrors)
      return error.errors.map((each) => explain(each).replaceAll(`${folder}/`, ''));
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('a complete configuration', () => {
  it('may ask about a call right when its longest time has passed again', async () => {
    const config = await load(
      complete.replace('    host: ex', '    deadline: 500ms\n    quietPeriod: 500ms\n    host: ex'),
    );
    expect(config.targets.servify).toMatchObject({ deadline: 500, quietPeriod: 500 });
  });

  it('comes with defaults, names, numbers for durations and sizes, and absolute paths', async () => {
    const config = await load(complete);
    expect(config.folder).toBe(folder);
    expect(config.storage.folder).toBe(join(dirname(folder), '.tidegate'));
    expect(config.mail).toBeNull();
    expect(config.partners.acme).toMatchObject({
      name: 'acme',
      port: 22,
      key: null,
      folders: { in: '/in', out: '/out', processed: '/processed', errored: '/errored' },
      deadlines: { connect: 15_000, call: 30_000, close: 5000 },
      retry: { attempts: 5, first: 1000, most: 60_000 },
    });
    expect(config.targets.servify).toMatchObject({ concurrency: 8, rate: null, quietPeriod: 60_000 });
    expect(config.feeds['acme-sales']).toMatchObject({
      name: 'acme-sales',
      enabled: true,
      pattern: null,
      stable: { for: 10_000, doneFile: null },
      dialect: { encoding: 'utf-8', delimiter: ',', quote: '"', newlinesInFields: false, trailer: null },
      limits: {
        maxBytes: 200 * 1024 ** 2,
        maxRows: 1_000_000,
        maxRecordBytes: 65_536,
        maxFieldChars: 8192,
        maxFilesPerPoll: 100,
      },
      acknowledgement: { files: 'one', rejects: true },
      errorThreshold: { kind: 'share', share: 1 },
    });
  });

  it('reads the example that is handed out', async () => {
    const example = await readFile(
      join(import.meta.dirname, '../../config/example/tidegate.example.yaml'),
      'utf8',
    );
    const keys = { 'keys/acme': 'key\n', 'keys/servify.pem': 'key\n', 'keys/servify.pub.pem': 'key\n' };
    const config = await load(
      { ...keys, 'tidegate.yaml': example },
      { ...env, MAIL_PASSWORD: 'x', ACME_HOST: 'sftp.acme.example' },
    );
    expect(config.partners.acme).toMatchObject({ host: 'sftp.acme.example' });
    expect(config.mail?.to).toEqual([{ name: '', address: 'ops@example.com' }]);
    expect(config.feeds['acme-sales']?.errorThreshold).toEqual({ kind: 'share', share: 0.5 });
  });

  it('joins the files of the folder and reads nothing below it', async () => {
    const config = await load({
      'a.yaml': targets,
      'b.yml': partners,
      'c.yaml': feeds,
      'd.yaml':
        partners.replace('acme:', 'umbrella:') +
        feeds
          .replace('acme-sales', 'umbrella-sales')
          .replace('partner: acme', 'partner: umbrella')
          .replace('Sales', 'Other'),
      'empty.yaml': '# nothing yet\n',
      'example/other.yaml': 'not: [valid',
      '.hidden.yaml': 'not: [valid',
      'notes.txt': 'not: [valid',
    });
    expect(Object.keys(config.partners)).toEqual(['acme', 'umbrella']);
    expect(Object.keys(config.feeds)).toEqual(['acme-sales', 'umbrella-sales']);
  });

  it('puts the limits of a feed over the common ones', async () => {
    const config = await load(
      `limits: { maxRows: 500, maxBytes: 1MB }\n${complete}    limits: { maxRows: 7 }\n`,
    );
    expect(config.feeds['acme-sales']?.limits).toMatchObject({ maxRows: 7, maxBytes: 1_048_576 });
  });

  it('is frozen to the ground', async () => {
    const config = await load(complete);
    const parts: unknown[] = [
      config,
      config.partners,
      config.partners.acme?.folders,
      config.feeds['acme-sales']?.limits,
    ];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });
});

describe('secrets', () => {
  it('come from the environment and from files, and show themselves only when asked to', async () => {
    const withKey = complete.replace(
      'password: ${env:ACME_PASSWORD}',
      'key: ${file:keys/acme}\n    passphrase: ${env:ACME_PASSWORD}',
    );
    const config = await load({ 'tidegate.yaml': withKey, 'keys/acme': 'canary-line-1\ncanary-line-2\n' });
    const { acme } = config.partners;
    if (acme?.protocol !== 'sftp') throw new Error('expected an sftp partner');
    expect(acme.key).toBeInstanceOf(Secret);
    expect(acme.key?.reveal()).toBe('canary-line-1\ncanary-line-2');
    expect(acme.passphrase?.reveal()).toBe('canary-password');
    expect(acme.key?.source).toBe('${file:keys/acme}');

    const shown = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      String(acme.key),
      `${acme.passphrase}`,
    ];
    expect(shown.join('\n')).not.toContain('canary');
  });

  it('stay where they are, and may be missing, for whoever only looks at the ledger', async () => {
    await writeFile(
      join(folder, 'tidegate.yaml'),
      `${complete}heartbeat: { url: '\${env:HEARTBEAT_URL}' }\n`,
    );
    await expect(loadConfig(folder, {})).rejects.toThrow('HEARTBEAT_URL');
    const { partners, heartbeat } = await loadConfig(folder, {}, 'sealed');
    if (partners.acme?.protocol !== 'sftp') throw new Error('expected an sftp partner');
    const { password } = partners.acme;
    expect([password?.isSealed, password?.source, heartbeat?.url.isSealed]).toEqual([
      true,
      '${env:ACME_PASSWORD}',
      true,
    ]);
    expect(() => password?.reveal()).toThrow('${env:ACME_PASSWORD} was not read');
  });

  it('are refused in the file, without being repeated', async () => {
    const [problem, ...others] = await problems(complete.replace('${env:ACME_PASSWORD}', 'canary-literal'));
    expect(problem).toMatch(
      /^tidegate\.yaml:15:15: CONFIG_SECRET: password is a secret and must not stand in the file\./,
    );
    expect(problem).toContain('${env:NAME} or ${file:path}');
    expect([problem, ...others].join()).not.toContain('canary');
    expect(others).toEqual([]);
  });

  it.each([undefined, ''])('are missed when the variable is %j', async (value) => {
    expect(await problems(complete, { ...env, ACME_PASSWORD: value })).toEqual([
      'tidegate.yaml:15:15: CONFIG_SECRET: password needs the environment variable ACME_PASSWORD, which is not set or empty. Set ACME_PASSWORD and start again.',
    ]);
  });

  it('are missed when the file is not there or empty', async () => {
    const missing = complete
      .replace('${env:ACME_PASSWORD}', '${file:keys/gone}')
      .replace('clientId: ${env:SERVIFY_CLIENT_ID}', 'clientId: ${file:keys/empty}');
    const found = await problems({ 'tidegate.yaml': missing, 'keys/empty': '\n' });
    expect(found).toEqual([
      expect.stringMatching(
        /^tidegate\.yaml:5:15: CONFIG_SECRET: clientId needs the file keys\/empty, which is empty/,
      ),
      expect.stringMatching(
        /^tidegate\.yaml:15:15: CONFIG_SECRET: password needs the file keys\/gone, which cannot be read/,
      ),
    ]);
  });
});

describe('values from the environment', () => {
  it('may stand for anything that is one value, and take its type', async () => {
    const text = complete
      .replace('host: sftp.acme.example', 'host: ${env:ACME_HOST}\n    port: ${env:ACME_PORT}')
      .concat(
        '    enabled: ${env:ACME_ENABLED}\n    stable: { for: ${env:ACME_STABLE} }\n'.replace(
          '${env:ACME_STABLE}',
          '"${env:ACME_STABLE}"',
        ),
      );
    const config = await load(text, {
      ...env,
      ACME_HOST: '10.0.0.7',
      ACME_PORT: '2222',
      ACME_ENABLED: 'false',
      ACME_STABLE: '5s',
    });
    expect(config.partners.acme).toMatchObject({ host: '10.0.0.7', port: 2222 });
    expect(config.feeds['acme-sales']).toMatchObject({ enabled: false, stable: { for: 5000 } });
  });

  it('are checked like written ones, at the place of the reference', async () => {
    const text = complete.replace('host: sftp.acme.example', 'host: h.example\n    port: ${env:ACME_PORT}');
    expect(await problems(text, { ...env, ACME_PORT: 'ssh' })).toEqual([
      'tidegate.yaml:14:11: CONFIG_INVALID: partners.acme.port does not fit. Expected a port number from 1 to 65535.',
    ]);
  });

  it('are the whole value or none of it, and never from a file', async () => {
    const text = complete
      .replace('sftp.acme.example', 'sftp.${env:ACME_HOST}')
      .replace('user: tidegate', 'user: ${file:user}');
    expect(await problems(text)).toEqual([
      expect.stringContaining('tidegate.yaml:13:11: CONFIG_SECRET: host holds a reference among other text'),
      expect.stringContaining(
        'tidegate.yaml:14:11: CONFIG_SECRET: user is no secret and is not read from a file',
      ),
    ]);
  });
});

describe('what is refused, with its place', () => {
  const change = (from: string, to: string) => complete.replace(from, to);

  it.each([
    [
      'an unknown key',
      change('user: tidegate', 'user: tidegate\n    hostkeys: []'),
      '15:5',
      'hostkeys is not a known key of partners.acme',
      'Did you mean hostKeys?',
    ],
    [
      'an unknown section',
      `${complete}feed:\n  x: 1\n`,
      '25:1',
      'feed is not a known key',
      'Did you mean feeds?',
    ],
    [
      'an unknown protocol',
      change('protocol: sftp', 'protocol: sftpp'),
      '12:15',
      'partners.acme.protocol',
      'Expected one of sftp, local. Did you mean sftp?',
    ],
    [
      'a missing key',
      change('    user: tidegate\n', ''),
      '11:3',
      'user is missing in partners.acme',
      'Add user: tidegate',
    ],
    [
      'a bad cron',
      change('"*/5 * * * *"', '"every five minutes"'),
      '23:15',
      'feeds.acme-sales.schedule is not a cron expression',
      'Expected five cron fields',
    ],
    [
      'a bad time zone',
      change('Europe/Berlin', 'Europe/Berlun'),
      '24:15',
      'feeds.acme-sales.timeZone is not a time zone',
      'IANA',
    ],
    [
      'an offset as time zone',
      change('Europe/Berlin', '"+02:00"'),
      '24:15',
      'feeds.acme-sales.timeZone is not a time zone',
      'IANA',
    ],
    [
      'an http URL',
      change('https://api', 'http://api'),
      '4:14',
      'targets.servify.baseUrl sends clear text over the network',
      'Expected an https:// URL',
    ],
    [
      'a URL with a login',
      change('https://api', 'https://me:canary@api'),
      '4:14',
      'targets.servify.baseUrl has a user',
      '',
    ],
    [
      'a partner that is not there',
      change('partner: acme', 'partner: acmee'),
      '19:14',
      'there is no partner named acmee',
      'Did you mean acme?',
    ],
    [
      'a target that is not there',
      change('target: servify', 'target: other'),
      '22:13',
      'there is no target named other',
      'Expected one of servify',
    ],
    [
      'a bad duration',
      `${complete}    stable: { for: 10 seconds }\n`,
      '25:20',
      'feeds.acme-sales.stable.for does not fit',
      'Expected a duration such as 500ms',
    ],
    [
      'a duration beyond all timers',
      `${complete}    stable: { for: 9999h }\n`,
      '25:20',
      'feeds.acme-sales.stable.for is longer than 24h',
      '',
    ],
    [
      'a call that may take longer than is waited to ask about it',
      change('host: exchange.example.com', 'host: exchange.example.com\n    deadline: 2m'),
      '2:3',
      'targets.servify.quietPeriod: it is shorter than the deadline of a call',
      'Write quietPeriod: 120s',
    ],
    [
      'a wait that is shorter than a call may take',
      change('host: exchange.example.com', 'host: exchange.example.com\n    quietPeriod: 29500ms'),
      '8:18',
      'targets.servify.quietPeriod: it is shorter than the deadline of a call',
      'Expected a duration as long as the deadline or longer',
    ],
    [
      'a lease that cannot be renewed in time',
      `storage: { lease: 500ms }\n${complete}`,
      '1:19',
      'storage.lease: it is too short to be renewed in time',
      'Expected a second or more',
    ],
    [
      'a bad size',
      `limits: { maxBytes: 1 GiB }\n${complete}`,
      '1:21',
      'limits.maxBytes does not fit',
      'Expected a size such as 512B',
    ],
    [
      'a bad share',
      `${complete}    errorThreshold: 110%\n`,
      '25:21',
      'feeds.acme-sales.errorThreshold does not fit',
      'Expected a share such as 10%',
    ],
    [
      'no way to log in',
      change('    password: ${env:ACME_PASSWORD}\n', ''),
      '11:3',
      'neither a key nor a password',
      'Add key:',
    ],
    [
      'two ways to log in',
      change('user: tidegate', 'user: tidegate\n    key: ${env:ACME_PASSWORD}'),
      '16:15',
      'both a password and a key',
      'Keep the key',
    ],
    [
      'no pinned host key',
      change('    hostKeys: [SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s]\n', ''),
      '11:3',
      'no host key is pinned',
      'ssh-keyscan',
    ],
    [
      'a host key of another kind',
      change('SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s', 'MD5:aa'),
      '16:16',
      'partners.acme.hostKeys.0',
      'as `ssh-keygen -lf` prints it',
    ],
    [
      'a bad pattern',
      `${complete}    pattern: "^("\n`,
      '25:14',
      'feeds.acme-sales.pattern is not a regular expression',
      '',
    ],
    [
      'a pattern that fits a part of a name',
      `${complete}    pattern: "sales-(?<date>\\\\d{8})"\n`,
      '25:14',
      'feeds.acme-sales.pattern does not begin with ^',
      'from ^ to $',
    ],
    [
      'a pattern without a date',
      `${complete}    pattern: "^x$"\n`,
      '25:14',
      'feeds.acme-sales.pattern has no group named date',
      '',
    ],
    [
      'both ways to know a complete file',
      `${complete}    stable: { for: 1s, doneFile: "{name}.ok" }\n`,
      '25:5',
      'it must be for or doneFile',
      '',
    ],
    [
      'an unknown encoding',
      `${complete}    dialect: { encoding: utf-9 }\n`,
      '25:26',
      'feeds.acme-sales.dialect.encoding is not a known encoding',
      '',
    ],
    [
      'a name with capitals',
      complete.replaceAll('acme:', 'Acme:').replace('partner: acme', 'partner: Acme'),
      '11:3',
      'Acme cannot be a name in partners',
      'lower-case',
    ],
    [
      'mail in clear text',
      `${complete}mail: { host: m.example, security: none, from: a@b.example, to: [c@d.example] }\n`,
      '25:36',
      'clear text mail',
      'security: starttls',
    ],
    [
      'two addresses in one',
      `${complete}mail: { host: m.example, from: a@b.example, to: ["c@d.example, e@f.example"] }\n`,
      '25:50',
      'mail.to.0',
      'one plain mail address',
    ],
    [
      'an unknown key of an address',
      `${complete}mail: { host: m.example, from: { name: X, adress: a@b.example }, to: [c@d.example] }\n`,
      '25:43',
      'adress is not a known key of mail.from',
      'Did you mean address?',
    ],
    ['text in place of a map', 'partners: none\n', '1:11', 'partners is not a map', ''],
    ['a list in place of the file', '- a\n- b\n', '1:1', 'the file is not a map', ''],
    ['YAML that cannot be read', 'partners: [unclosed\n', '2:1', 'this is not valid YAML', ''],
    [
      'a key twice in one map',
      change('user: tidegate', 'user: tidegate\n    user: other'),
      '15:5',
      'user is defined twice, first at tidegate.yaml:14:5',
      'Keep one of the two',
    ],
  ])('%s', async (_what, text, place, problem, advice) => {
    const found = await problems(text);
    const hit = found.find(
      (line) => line.startsWith(`tidegate.yaml:${place}: CONFIG_INVALID: `) && line.includes(problem),
    );
    expect(hit, found.join('\n')).toContain(advice);
    expect(found.join('\n')).not.toContain('canary');
  });

  it.each([
    ['the same', '/in'],
    ['inside another', '/in/done'],
    ['around another', '/out/x'],
  ])('overlapping folders: %s', async (_what, processed) => {
    const outer = processed === '/out/x' ? '/out' : '/o';
    const text = complete.replace(
      'user: tidegate',
      `user: tidegate\n    folders: { out: ${outer}, processed: ${processed} }`,
    );
    const [problem] = await problems(text);
    expect(problem).toMatch(
      /^tidegate\.yaml:15:\d+: CONFIG_INVALID: partners\.acme\.folders\.processed: the folder .* overlaps with/,
    );
  });

  it.each(['1m', '2m'])('a sign of life that may take %s, one minute before the next', async (deadline) => {
    const text = `${complete}heartbeat:\n  url: \${env:WATCH}\n  every: 1m\n  deadline: ${deadline}\n`;
    expect(await problems(text, { ...env, WATCH: 'https://watch.example' })).toEqual([
      expect.stringMatching(/^tidegate\.yaml:28:\d+: CONFIG_INVALID: .*Shorten deadline, or lengthen every/),
    ]);
  });

  describe('folders of two partners at one place', () => {
    const second = (folders: string): string => {
      const umbrella = partners
        .replace('partners:\n', '')
        .replace('acme:', 'umbrella:')
        .replace('user: tidegate', `user: tidegate\n    folders: ${folders}`);
      return targets + partners + umbrella + feeds;
    };

    it.each([
      [
        'the inbound of one is the outbound of another',
        '{ in: /out, out: /out2 }',
        'in: the folder /out',
        'out: /out',
      ],
      [
        'the inbound of one contains the answers of another',
        '{ in: /umbrella, out: /in/answers }',
        'out: the folder /in/answers',
        'in: /in',
      ],
    ])('%s', async (_what, folders, problem, other) => {
      const found = await problems(second(folders));
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/^tidegate\.yaml:21:\d+: CONFIG_INVALID: the folder/);
      expect(found[0]).toContain(problem.replace(/^\w+: /, ''));
      expect(found[0]).toContain(`overlaps with partners.acme.folders.${other}`);
    });

    it.each([
      ['one folder for the same purpose', second('{}')],
      [
        'paths that another login sees',
        second('{ in: /out, out: /out2 }').replace(
          'user: tidegate\n    folders',
          'user: umbrella\n    folders',
        ),
      ],
    ])('%s may be', async (_what, text) => {
      await expect(load(text)).resolves.toBeDefined();
    });
  });

  it.each(['in', '/in/', '/a/../in', '//in', '/in/.'])('the folder %j', async (path) => {
    const text = complete.replace('user: tidegate', `user: tidegate\n    folders: { in: ${path} }`);
    expect((await problems(text))[0]).toContain(
      'tidegate.yaml:15:20: CONFIG_INVALID: partners.acme.folders.in does not fit. Expected an absolute path',
    );
  });

  describe('an archive that is kept', () => {
    const kept = (keys: string): string =>
      complete.replace('user: tidegate', `user: tidegate\n    archive: { timeZone: UTC, ${keys} }`);

    it.each([
      ['keepMonths: 1', 2],
      ['keepMonths: 2', 2],
      ['after: 4, keepMonths: 4', 4],
    ])('no longer than until it is made: %s', async (keys, after) => {
      expect(await problems(kept(keys))).toEqual([
        expect.stringMatching(
          new RegExp(
            `^tidegate\\.yaml:15:\\d+: CONFIG_INVALID: partners\\.acme\\.archive\\.keepMonths: .*more than ${after},`,
          ),
        ),
      ]);
    });

    it('for a month longer may be', async () => {
      await expect(load(kept('keepMonths: 3'))).resolves.toBeDefined();
    });
  });

  it('a key that is defined in two files, naming both', async () => {
    expect(await problems({ 'a.yaml': complete, 'b.yaml': partners })).toEqual([
      'b.yaml:2:3: CONFIG_INVALID: partners.acme is defined twice, first at '.concat(
        'a.yaml:11:3. Keep one of the two.',
      ),
    ]);
  });

  it('a section in two files that stands in one only', async () => {
    expect(
      await problems({ 'a.yaml': `${complete}log: { level: info }\n`, 'b.yaml': 'log: { level: warn }\n' }),
    ).toEqual([
      expect.stringContaining('b.yaml:1:1: CONFIG_INVALID: log is defined twice, first at a.yaml:25:1'),
    ]);
  });

  describe('callbacks', () => {
    const told = (more = '') =>
      complete.replace(
        '    system: servify\n',
        `    system: servify\n    callback: { login: { kind: basic, user: u, password: "\${env:ACME_PASSWORD}" }${more} }\n`,
      );

    it('that nobody would hear', async () => {
      expect(await problems(told())).toEqual([
        expect.stringContaining('tidegate.yaml:4:15: CONFIG_INVALID: nobody listens for what servify tells'),
      ]);
      expect((await load(`${told()}callbacks: { port: 8443 }\n`)).callbacks).toMatchObject({
        ...{ host: '127.0.0.1', port: 8443, tls: null, deadline: 10_000 },
      });
    });

    it('that would come in clear text from other machines', async () => {
      const [problem] = await problems(`${told()}callbacks: { host: 0.0.0.0, port: 8443 }\n`);
      expect(problem).toContain('callbacks.host');
      expect(problem).toContain('Add tls, or listen at 127.0.0.1');
    });

    it('of two targets at one path', async () => {
      const path = ', path: /told';
      const [, target = ''] = told(path).match(/targets:\n( {2}servify:\n(?: {4}.*\n)+)/) ?? [];
      const both = told(path).replace('targets:\n', `targets:\n${target.replace('servify:', 'other:')}`);
      expect(await problems(`${both}callbacks: { port: 8443 }\n`)).toEqual([
        expect.stringContaining('would tell results at one path'),
      ]);
    });
  });

  it('two feeds that would take the same files, unless one is off', async () => {
    const second = feeds.replace('feeds:\n', '').replace('acme-sales', 'acme-again');
    expect(await problems(complete + second)).toEqual([
      expect.stringContaining(
        'tidegate.yaml:27:15: CONFIG_INVALID: the feeds acme-sales and acme-again would take the same files',
      ),
    ]);
    await expect(load(`${complete}${second}    enabled: false\n`)).resolves.toBeDefined();
  });

  describe('an export', () => {
    const contracts = (over = ''): string => `  contracts:
    partner: acme
    dataType: Contracts
    mapping: servify-contracts
    target: servify
    timeZone: Asia/Kolkata
    window: { start: 2026-01-01 }
${over}`;
    const exports = (over?: string): string => `${complete}exports:\n${contracts(over)}`;

    it('has its defaults', async () => {
      expect((await load(exports())).exports['contracts']).toMatchObject({
        ...{ name: 'contracts', folder: null, schedule: null, empty: 'header', enabled: true },
        window: { length: 'day', lag: 600_000, missed: 'each', start: '2026-01-01' },
        dialect: { encoding: 'utf-8', delimiter: ',', quote: '"' },
      });
    });

    it.each([
      [
        'of a partner that is not there',
        exports().replace(
          'exports:\n  contracts:\n    partner: acme',
          'exports:\n  contracts:\n    partner: umbrella',
        ),
        'there is no partner named umbrella',
      ],
      ['of a feed that is not there', exports('    feed: acme-sale\n'), 'Did you mean acme-sales?'],
      [
        'of a calendar that is not there',
        exports('    calendar: germany\n'),
        'there is no calendar named germany',
      ],
      [
        'into the folder where files are dropped',
        exports('    folder: /in/reports\n'),
        'overlaps with in of acme: /in',
      ],
      [
        'of windows that miss nothing',
        exports().replace('{ start', '{ length: since-last, missed: one, start'),
        'takes in whatever was missed',
      ],
      ['from no day', exports().replace('2026-01-01', '01.01.2026'), 'a day as YYYY-MM-DD'],
    ])('%s', async (_what, text, words) => {
      expect(await problems(text)).toEqual([expect.stringContaining(words)]);
    });

    it('with the file names of another, unless one is off', async () => {
      const second = contracts().replace('contracts:', 'again:');
      expect(await problems(exports() + second)).toEqual([
        expect.stringContaining('the exports contracts and again would write files of one name'),
      ]);
      await expect(load(`${exports()}${second}    enabled: false\n`)).resolves.toBeDefined();
    });
  });

  describe('files that are answered', () => {
    const office = `partners:
  office: { protocol: local, root: ../office }
  desk: { protocol: local, root: ../office, folders: { in: /desk } }
`;
    const answered = (over: string): string =>
      `{ replies: [{ name: 'Ack_{stamp}*.csv', outcome: accepted }], match: { A: A }, within: 1d, ${over} }`;
    const contracts = (name: string, over: string, partner = 'office'): string => `  ${name}:
    partner: ${partner}
    folder: /${name}
    dataType: ${name}
    mapping: servify-contracts
    target: servify
    timeZone: Asia/Kolkata
    window: { start: 2026-01-01 }
    ${over}
`;
    const exports = (...all: string[]): string =>
      `${complete.replace('partners:\n', office)}exports:\n${all.join('')}`;
    const onDesk = feeds.replace('feeds:\n', '').replace('acme-sales', 'desk-sales').replace('acme', 'desk');

    it.each([
      [
        'whose replies would be moved to where they are read',
        exports(contracts('a', `answered: ${answered('takeAway: { how: move, folder: /out }')}`)),
        'a reply that was read would be read again by exports.a',
      ],
      [
        'whose replies would be moved to where another reads them',
        exports(
          contracts('a', `answered: ${answered('takeAway: { how: move, folder: /read }')}`),
          contracts('b', `answered: ${answered('folder: /read')}`, 'desk'),
        ),
        'would be read again by exports.b',
      ],
      [
        'whose replies another may take',
        exports(
          contracts('a', `answered: ${answered('')}`),
          contracts('b', `answered: ${answered('').replace('Ack_{stamp}*', '*_{stamp}')}`, 'desk'),
        ),
        'exports.a and exports.b would take the same files for replies',
      ],
      [
        'whose report would come back as a file of a partner',
        `${exports(contracts('a', `answered: ${answered('report: { partner: office, folder: /desk }')}`))}`.replace(
          'feeds:\n',
          `feeds:\n${onDesk}`,
        ),
        'the file would be put into the inbound folder of desk-sales',
      ],
      [
        'by an export that would come back as a file of another partner',
        exports(contracts('desk', '')).replace('feeds:\n', `feeds:\n${onDesk}`),
        'the file would be put into the inbound folder of desk-sales',
      ],
    ])('%s', async (_what, text, words) => {
      expect(await problems(text)).toEqual([expect.stringContaining(words)]);
    });

    it('in folders or under names of their own may be', async () => {
      const other = answered('').replace('Ack_', 'Other_');
      const moved = answered('takeAway: { how: move, folder: /out/read }');
      const all = [contracts('a', `answered: ${moved}`), contracts('b', `answered: ${other}`)];
      const elsewhere = contracts('c', `answered: ${answered('folder: /elsewhere')}`);
      await expect(load(exports(...all, elsewhere))).resolves.toBeDefined();
    });
  });

  it.each(['partners', 'feeds', 'targets', 'exports'])(
    'a name that is no ordinary key of an object, in %s',
    async (section) => {
      expect(await problems(`${section}:\n  __proto__: { x: 1 }\n`)).toEqual([
        expect.stringContaining(`2:3: CONFIG_INVALID: __proto__`),
      ]);
    },
  );

  it('a login whose secret stands in the file, or of a kind that there is not', async () => {
    const target = (login: string): string =>
      `targets:\n  o:\n    system: service-orders\n    baseUrl: https://o.example.com\n    login: ${login}\n`;
    expect(await problems(target('{ kind: basic, user: us, password: canary }'))).toEqual([
      expect.stringMatching(/^tidegate\.yaml:5:\d+: CONFIG_SECRET: password is a secret/),
    ]);
    expect(await problems(target('{ kind: heder }'))).toEqual([
      expect.stringMatching(/^tidegate\.yaml:5:\d+: CONFIG_INVALID: .* Did you mean header\?/),
    ]);
  });

  it('everything together, in the order of the files', async () => {
    const text = complete
      .replace('https://api', 'ftp://api')
      .replace('${env:ACME_PASSWORD}', 'literal')
      .replace('schedule: "*/5 * * * *"', 'schedule: 5')
      .replace('partner: acme', 'partner: other');
    const found = await problems({ 'a.yaml': text, 'b.yaml': 'log: { level: loud }\n' });
    expect(found.map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'a.yaml:4:14 CONFIG_INVALID',
      'a.yaml:15:15 CONFIG_SECRET',
      'a.yaml:23:15 CONFIG_INVALID',
      'b.yaml:1:15 CONFIG_INVALID',
    ]);
  });

  it('a folder that is not there, or holds nothing to read', async () => {
    await expect(loadConfig(join(folder, 'gone'), env)).rejects.toThrow(
      'the configuration folder cannot be read',
    );
    await expect(loadConfig(folder, env)).rejects.toThrow('holds no .yaml file');
  });
});

describe('calendars', () => {
  const named = (lines: string): string =>
    `${complete}calendars:\n  germany:\n    timeZone: Europe/Berlin\n${lines}`;

  it('have weekends, holidays and working hours, and schedules name them', async () => {
    const config = await load(
      named(`    holidays: [12-25, 2024-03-29]\n    workingHours: "08:30-17:00"\n`).replace(
        'timeZone: Europe/Berlin\ncal',
        'timeZone: Europe/Berlin\n    calendar: germany\n    onNonBusinessDay: next\n    jitter: 30s\ncal',
      ),
    );
    expect(config.calendars['germany']).toEqual({
      timeZone: 'Europe/Berlin',
      weekend: ['saturday', 'sunday'],
      holidays: ['12-25', '2024-03-29'],
      workingHours: { from: 8.5 * 3_600_000, to: 17 * 3_600_000 },
    });
    const { calendar, onNonBusinessDay, jitter, catchUp } = config.feeds['acme-sales'] ?? {};
    expect([calendar, onNonBusinessDay, jitter, catchUp]).toEqual(['germany', 'next', 30_000, 'run']);
  });

  it.each([
    ['a day that is not in the calendar', '    holidays: [2023-02-29]\n', 'is not a date'],
    ['hours that end before they begin', '    workingHours: "17:00-09:00"\n', 'ends before it begins'],
    [
      'no day that is worked',
      '    weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n',
      'no day of the week is worked',
    ],
  ])('are refused with %s', async (_what, lines, problem) => {
    expect((await problems(named(lines))).join('\n')).toContain(problem);
  });

  it('that are not there are missed', async () => {
    const text = complete.replace('    mapping:', '    calendar: germny\n    mapping:');
    const all = await problems(`${text}calendars:\n  germany:\n    timeZone: UTC\n`);
    expect(all.join('\n')).toContain('Did you mean germany?');
  });
});

describe('expected files', () => {
  const expecting = (lines: string): string =>
    `${complete.replace('    mapping:', `    expects:\n${lines}    mapping:`)}calendars:\n  germany: { timeZone: Europe/Berlin }\n`;

  it('have a time, days and what is odd, each with its default', async () => {
    const config = await load(expecting('      by: "10:30"\n      rows: { deviation: 150% }\n'));
    expect(config.feeds['acme-sales']?.expects).toEqual({
      ...{ by: 37_800_000, from: 0, calendar: null, timeZone: null, count: 1, warnBefore: null },
      days: ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'],
      rows: { atLeast: null, atMost: null, deviation: 1.5 },
    });
  });

  it.each([
    ['nothing in them', '      count: 2\n', 'nothing is expected'],
    ['no time of day', '      by: "24:00"\n', 'a time of day such as 09:30'],
    ['most below least', '      rows: { atLeast: 9, atMost: 8 }\n', 'it is less than atLeast'],
    ['an unknown calendar', '      by: "10:00"\n      calendar: germny\n', 'Did you mean germany?'],
  ])('are refused with %s', async (_what, lines, problem) => {
    expect((await problems(expecting(lines))).join('\n')).toContain(problem);
  });
});
