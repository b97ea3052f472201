import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noticeKinds } from '../../src/base/notice-kinds.ts';
import { loadConfig } from '../../src/config/load.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('the table of kinds is what the code says', () => {
  const rows = Object.entries(noticeKinds).map(
    ([kind, { severity, opens, closes, reminds }]) =>
      `| \`${kind}\` | ${severity} | ${opens} | ${closes || '—'} | ${reminds ? 'yes' : 'no'} |`,
  );
  const [, table = ''] = /<!-- kinds -->\n([\s\S]*?)<!-- end of kinds -->/.exec(page) ?? [];
  expect(table).toBe(`${rows.join('\n')}\n`);
});

it('its examples are configurations', async () => {
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
  expect(examples).toHaveLength(4);
  await mkdir(join(folder, 'config'));
  const acme = 'partners:\n  acme:\n    protocol: local\n    root: exchange\n';
  const together = examples.map((yaml) => yaml.replace('partners:\n  acme:\n', acme)).join('\n');
  await writeFile(join(folder, 'config', 'tidegate.yaml'), together);
  const env = {
    MAIL_PASSWORD: 'x',
    SMS_TOKEN: 'x',
    CHAT_URL: 'https://chat.example.com/hook',
    HEARTBEAT_URL: 'https://watch.example.com/ping',
  };
  const config = await loadConfig(join(folder, 'config'), env);
  expect(Object.keys(config.alerts.channels)).toEqual(['on-call', 'chat']);
  expect(config.partners['acme']?.contacts).toMatchObject({ channel: 'mail' });
});
