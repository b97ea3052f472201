import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inboundFeeds } from '../../app/feeds.ts';
import { loadMappings } from '../../app/mappings.ts';
import { openPackings } from '../../app/packings.ts';
import { systemsFor } from '../../app/systems.ts';
import { systemClock } from '../../base/clock.ts';
import { TidegateError } from '../../base/errors.ts';
import { type Preview, preview } from '../../exchange/preview.ts';
import type { Unpacker } from '../../packing/port.ts';
import { displayName } from '../../remote/names.ts';
import { count, define, exit } from '../command.ts';
import { demandFeed, readConfig } from '../context.ts';
import type { Printer } from '../print.ts';

export const previewCommand = define<{ feed: string; rows: number }>({
  configure: (command) =>
    command
      .requiredOption('-f, --feed <name>', 'the feed that the file is for')
      .option('-n, --rows <count>', 'how many right and how many wrong rows to show', count, 5),
  async run({ args, options, printer }) {
    const config = await readConfig(options);
    demandFeed(config, options.feed);
    const { operations } = await systemsFor(config);
    const packings = await openPackings(config, systemClock.now);
    const feeds = inboundFeeds(config, await loadMappings(config, operations), packings.feeds);
    const feed = feeds.find(({ name }) => name === options.feed);
    if (!feed)
      throw new TidegateError('USAGE', `the feed ${options.feed} is not enabled`, {
        fix: 'Set enabled: true.',
      });
    const file = args[0] ?? '';
    await demandFile(file);
    const label = displayName(basename(file));
    const nameFits = feed.parseName(basename(file)) !== null;
    // A sample may well be plain.
    const packed = nameFits ? feed.unpacker : null;
    const seen = await withContent(file, label, packed, feed.limits.maxBytes, (content) =>
      preview(content, label, feed, options.rows),
    );
    if (options.json) printer.json({ file: label, nameFits, ...seen });
    else print(seen, printer);
    if (!options.json && !nameFits)
      printer.line(`The name ${label} would not be picked up; expected a name like ${feed.nameExample}.`);
    return seen.invalid > 0 || !nameFits ? exit.attention : exit.done;
  },
});

async function demandFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile()) return;
  throw new TidegateError('NOT_FOUND', 'there is no such file', {
    subject: file,
    expected: 'a file to preview',
  });
}

/** The content of a packed file lies in a folder that only this user can open, for as long as it is read. */
async function withContent<T>(
  file: string,
  label: string,
  unpacker: Unpacker | null,
  maxBytes: number,
  read: (content: string) => Promise<T>,
): Promise<T> {
  if (!unpacker) return read(file);
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-preview-'));
  try {
    const content = join(folder, 'content');
    await unpacker.unpack(file, content, label, { maxBytes, signal: new AbortController().signal });
    return await read(content);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function print(seen: Preview, printer: Printer): void {
  for (const { line, action, calls, lines, violations } of seen.shown) {
    printer.line(`line ${line}  ${action || '(no action)'}`);
    for (const { operation, request } of calls) printer.line(`  ${operation} ${JSON.stringify(request)}`);
    for (const { file, cells } of lines) printer.line(`  → ${file} ${JSON.stringify(cells)}`);
    for (const { column, rule, value, fix } of violations) {
      printer.line(`  ${column || 'row'}: ${JSON.stringify(value)}, expected ${rule}. ${fix}`);
    }
  }
  printer.line();
  printer.line(
    `${seen.rows} rows: ${seen.valid} would be sent, ${seen.invalid} would be rejected. No call was made.`,
  );
  for (const [operation, rows] of Object.entries(seen.byOperation)) {
    const shared = seen.shared.includes(operation) ? ', many in a call' : '';
    const queued = seen.queued.includes(operation) ? ', with results that come later' : '';
    printer.line(`  ${operation}: ${rows}${shared}${queued}`);
  }
  for (const [file, rows] of Object.entries(seen.byFile)) printer.line(`  → ${file}: ${rows}`);
}
