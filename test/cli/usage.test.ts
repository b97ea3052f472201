/** What is typed wrongly: it is said what was wrong and what to do, and nothing is touched. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { createPrinter } from '../../src/cli/print.ts';
import { tidegate, typed } from '../support/cli.ts';

describe('a command line that cannot be read', () => {
  it.each([
    [['statsu'], /USAGE: there is no command statsu\. Did you mean status\?/],
    [['stat'], /Did you mean status\?/],
    [['ls'], /there is no command ls\. The commands are: demo, .*status, .*files, show/],
    [['help', 'shw'], /Did you mean show\?/],
    [['-c', 'config', 'status'], /unknown option '-c'.*Options stand behind the command/],
    [['status', '--jsno'], /unknown option '--jsno'\. Did you mean --json\?/],
    [['status', 'acme'], /too many arguments/],
    [['show'], /missing required argument 'arrival'\. .*`tidegate help COMMAND`/],
    [['keygen'], /required option '-o, --out <file>' not specified/],
    [['files', '-n', '99999999999999999999'], /whole number from 1 to 999999999/],
    [['files', '-n', '1e3'], /'1e3' is invalid/],
    [['show', '1', '--line', '0'], /whole number from 1/],
  ])('is a usage error that says what to do: %j', async (args, words) => {
    const { code, stdout, stderr } = await typed(args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^USAGE: /)]);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    [['statsu', '--json'], /statsu/],
    [['status', '--jsn', '--json'], /--jsn/],
    [['show', '--json'], /arrival/],
    [['files', '-n', 'many', '--json'], /many/],
  ])('is a document like any other error with --json: %j', async (args, words) => {
    const { code, stdout, stderr } = await typed(args);
    expect([code, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout)).toEqual({
      errors: [
        { code: 'USAGE', message: expect.stringMatching(words), fix: expect.any(String), retry: 'never' },
      ],
    });
  });

  it('is answered with the whole help when it is empty', async () => {
    const { code, stderr } = await tidegate([]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^Usage: tidegate.*Exit codes: 0 done/s)]);
    expect(stderr).not.toContain('USAGE');
  });
});

describe('the list of commands', () => {
  it.each(commands.map((command) => [command.signature, command] as const))(
    'has %s, which loads',
    async (signature, { load }) => {
      const command = new Command(signature);
      (await load()).attach(command, createPrinter(), () => undefined);
      expect(command.options.every(({ description }) => description !== '')).toBe(true);
    },
  );

  it('explains one command with its own options, asked for either way', async () => {
    const asked = await tidegate(['help', 'show']);
    expect([asked.code, asked.stdout]).toEqual([
      0,
      expect.stringMatching(/show \[options\] <arrival>.*--line/s),
    ]);
    expect((await tidegate(['show', '--help'])).stdout).toBe(asked.stdout);
  });
});
