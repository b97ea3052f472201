import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Description, describeConfig } from '../../src/config/description.ts';
import { staleFiles } from '../../src/config/generate.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';

/** Every key of every object, with its path. */
function keysOf(node: Description, path: string): { path: string; node: Description; required: boolean }[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const required = node.required?.includes(name) ?? false;
    return [{ path: `${path}${name}`, node: child, required }, ...keysOf(child, `${path}${name}.`)];
  });
  const rest = typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
  const inner = [...rest, ...(node.items ? [node.items] : []), ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return [...own, ...inner.flatMap((child) => keysOf(child, path))];
}

describe('what is made from the schema', () => {
  it('is up to date: the JSON Schemas and the tables of docs/configuration.md', async () => {
    expect(await staleFiles(), 'run `npm run schemas`').toEqual([]);
  });

  it.each(keysOf(describeConfig(), ''))(
    'says of $path what it means, with an example, and its default unless it is required',
    ({ node, required }) => {
      expect(node.description).toMatch(/\.$/);
      expect(node.examples).toHaveLength(1);
      expect(required || node.default !== undefined).toBe(true);
    },
  );
});

describe('the JSON Schema for editors', () => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const example = async (): Promise<Record<string, Record<string, Record<string, unknown>>>> =>
    parse(await readFile(join(import.meta.dirname, '../../config/example/tidegate.example.yaml'), 'utf8'));

  it('accepts the example', async () => {
    expect(schema.safeParse(await example()).error).toBeUndefined();
  });

  it('accepts ${env:NAME} for numbers, choices and whatever else is one value', async () => {
    const config = await example();
    Object.assign(config.partners?.acme ?? {}, { port: '${env:PORT}', host: '${env:HOST}' });
    Object.assign(config.feeds?.['acme-sales'] ?? {}, {
      enabled: '${env:ON}',
      schedule: '${env:CRON}',
      stable: { for: '${env:FOR}' },
    });
    Object.assign(config.targets?.servify ?? {}, { baseUrl: '${env:URL}' });
    expect(schema.safeParse(config).error).toBeUndefined();
  });

  it.each([
    ['a literal secret', 'targets', 'servify', { clientSecret: 'plain' }],
    ['an unknown key', 'partners', 'acme', { hostkeys: [] }],
    ['a port as text', 'partners', 'acme', { port: 'ssh' }],
    ['a bad duration', 'targets', 'servify', { deadline: '30 seconds' }],
  ])('refuses %s', async (_what, section, name, wrong) => {
    const config = await example();
    Object.assign(config[section]?.[name] ?? {}, wrong);
    expect(schema.safeParse(config).success).toBe(false);
  });

  it('holds nothing of our own that other tools do not know', () => {
    // A key of a feed has the same name; ours holds text.
    expect(JSON.stringify(configJsonSchema())).not.toContain('"expects":"');
  });
});
