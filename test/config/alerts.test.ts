import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { explain, TidegateErrors } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Yaml } from '../support/exchange.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tidegate-')), 'config');
  await mkdir(folder);
});
afterEach(() => rm(dirname(folder), { recursive: true }));

const env = {
  TOKEN: 'canary-token',
  HOOK: 'https://chat.example.com/canary-hook',
  CLEAR: 'http://chat.example.com',
};

const right = (): Yaml => ({
  mail: { host: 'smtp.example.com', from: 'tidegate@example.com', to: ['ops@example.com'] },
  alerts: {
    channels: {
      'on-call': { kind: 'sms', account: 'AC1', token: '${env:TOKEN}', from: '+4930' },
      chat: { kind: 'webhook', url: '${env:HOOK}' },
      team: { kind: 'email', host: 'smtp.example.com', from: 'tidegate@example.com' },
    },
    routes: [
      { channel: 'on-call', to: ['+491701234567'], severity: 'critical' },
      { channel: 'chat', partners: ['acme'] },
      { channel: 'team', to: ['team@example.com'] },
    ],
    digest: { at: '07:30', timeZone: 'Europe/Berlin', to: ['lead@example.com'] },
  },
  partners: {
    acme: { protocol: 'local', root: 'exchange', contacts: { to: ['files@acme.example'] } },
  },
});

async function problems(change: (config: Yaml) => void, environment: Record<string, string> = env) {
  const config = right();
  change(config);
  await writeFile(join(folder, 'tidegate.yaml'), stringify(config));
  try {
    await loadConfig(folder, environment);
    return [];
  } catch (error) {
    if (!(error instanceof TidegateErrors)) throw error;
    return error.errors.map((each) => explain(each).replaceAll(`${folder}/`, ''));
  }
}

describe('who is told of what', () => {
  it('is right as it is documented, and needs none of it', async () => {
    expect(await problems(() => undefined)).toEqual([]);
    expect(
      await problems((config) => {
        delete config.alerts;
        delete config.mail;
        delete config.partners.acme.contacts;
      }),
    ).toEqual([]);
  });

  it('has defaults that remind after 1, 4 and 24 hours and attach nothing', async () => {
    await writeFile(join(folder, 'tidegate.yaml'), stringify(right()));
    const { alerts, mail } = await loadConfig(folder, env);
    expect(alerts.reminders.map((pause) => pause / 3_600_000)).toEqual([1, 4, 24]);
    expect(mail).toMatchObject({ attachRejects: false });
    expect(alerts.channels['on-call']).toMatchObject({ perHour: 10, url: 'https://api.twilio.com' });
  });

  it('can be looked at without its secrets', async () => {
    await writeFile(join(folder, 'tidegate.yaml'), stringify(right()));
    const { alerts } = await loadConfig(folder, {}, 'sealed');
    expect(Object.keys(alerts.channels)).toEqual(['on-call', 'chat', 'team']);
  });

  it.each<[what: string, change: (config: Yaml) => void, says: RegExp]>([
    [
      'a channel that is not there',
      ({ alerts }) => {
        alerts.routes[0].channel = 'on-cal';
      },
      /there is no channel named on-cal.*Did you mean on-call\?/,
    ],
    [
      'quiet hours that end when they begin',
      ({ alerts }) => {
        alerts.quietHours = { from: '22:00', to: '22:00', timeZone: 'UTC' };
      },
      /quietHours\.to: quiet hours end when they begin/,
    ],
    [
      'no pause at all before a reminder',
      ({ alerts }) => {
        alerts.reminders = [];
      },
      /alerts\.reminders does not fit\. Expected a list with at least one entry/,
    ],
    [
      'the section mail where there is none',
      (config) => {
        delete config.mail;
        delete config.alerts.digest;
      },
      /there is no channel named mail.*Add the section mail/,
    ],
    [
      'a mail address for a telephone',
      ({ alerts }) => {
        alerts.routes[0].to = ['ops@example.com'];
      },
      /on-call needs telephone numbers to tell/,
    ],
    [
      'a telephone for a mail address',
      ({ alerts }) => {
        alerts.digest.to = ['+491701234567'];
      },
      /mail needs mail addresses to tell/,
    ],
    [
      'nobody to tell',
      ({ alerts }) => {
        delete alerts.routes[2].to;
      },
      /team needs mail addresses to tell/,
    ],
    [
      'recipients of a webhook',
      ({ alerts }) => {
        alerts.routes[1].to = ['ops@example.com'];
      },
      /chat is a webhook, which has no recipients.*Leave out to/,
    ],
    [
      'contacts by telephone',
      ({ partners }) => {
        partners.acme.contacts.channel = 'on-call';
      },
      /on-call is no channel for mail/,
    ],
    [
      'a partner that is not there',
      ({ alerts }) => {
        alerts.routes[1].partners = ['acmee'];
      },
      /there is no partner named acmee.*Did you mean acme\?/,
    ],
    [
      'a feed that is not there',
      ({ alerts }) => {
        alerts.routes[1].feeds = ['sales'];
      },
      /there is no feed named sales/,
    ],
    [
      'a kind that is not there',
      ({ alerts }) => {
        alerts.routes[1].kinds = ['rows-lost'];
      },
      /rows-lost|kinds/,
    ],
    [
      'a second channel of the name of the section',
      ({ alerts }) => {
        alerts.channels.mail = alerts.channels.team;
      },
      /the section mail is the channel of that name already/,
    ],
    [
      'a webhook in clear text',
      ({ alerts }) => {
        alerts.channels.chat.url = '${env:CLEAR}';
      },
      /no URL that may be used.*https/,
    ],
    [
      'mail in clear text',
      ({ alerts }) => {
        alerts.channels.team.security = 'none';
      },
      /clear text mail is for the loopback address only/,
    ],
    [
      'a token in the file',
      ({ alerts }) => {
        alerts.channels['on-call'].token = 'written-down';
      },
      /must not stand in the file/,
    ],
    [
      'a time that is none',
      ({ alerts }) => {
        alerts.digest.at = '7:30';
      },
      /a time such as 07:30/,
    ],
  ])('is refused with %s', async (_what, change, says) => {
    const found = await problems(change);
    expect(found).toEqual([expect.stringMatching(says)]);
    expect(found.join()).not.toMatch(/canary|written-down/);
  });
});
