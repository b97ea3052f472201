/** The schema as plain data, for whatever needs to know about keys: messages, references, the JSON Schema, the documentation. */
import { z } from 'zod';
import { configSchema } from './schema/root.ts';

/** The part of JSON Schema that our schemas make use of, and `expects`, our own. */
export interface Description {
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  examples?: unknown[];
  expects?: string;
  required?: string[];
  properties?: Record<string, Description>;
  additionalProperties?: boolean | Description;
  propertyNames?: Description;
  items?: Description;
  anyOf?: Description[];
  oneOf?: Description[];
  [keyword: string]: unknown;
}

export type Path = readonly (string | number)[];

let described: Description | undefined;

/** What may be written, not what comes out: defaults are optional, durations are text. */
export function describeConfig(): Description {
  described ??= describe(configSchema);
  return described;
}

export function describe(schema: z.ZodType): Description {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // zod leaves out the examples of whatever is transformed; ours are of what is written, not of what comes out.
    override({ zodSchema, jsonSchema }) {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples))
        jsonSchema.examples = examples as z.core.JSONSchema.BaseSchema['examples'] & unknown[];
    },
  }) as Description;
}

/**
 * Everything that may stand at `path`. Of alternatives that are told apart by a fixed value (`protocol: sftp`) only the one that fits `tree` counts.
 */
export function descriptionsAt(path: Path, tree: unknown): Description[] {
  let level = alternatives(describeConfig(), tree);
  let value = tree;
  for (const step of path) {
    value = childOf(value, step);
    level = level.flatMap((node) => alternatives(childDescription(node, step), value));
  }
  return level;
}

function alternatives(node: Description | undefined, value: unknown): Description[] {
  if (node === undefined) return [];
  const options = node.anyOf ?? node.oneOf;
  if (options === undefined) return [node];
  const { anyOf: _any, oneOf: _one, ...around } = node;
  const fitting = options.filter((option) => fits(option, value));
  return (fitting.length > 0 ? fitting : options).flatMap((option) =>
    alternatives({ ...around, ...option }, value),
  );
}

function fits(option: Description, value: unknown): boolean {
  return Object.entries(option.properties ?? {}).every(
    ([name, property]) => property.const === undefined || property.const === childOf(value, name),
  );
}

function childDescription(node: Description, step: string | number): Description | undefined {
  if (typeof step === 'number') return node.items;
  const { additionalProperties: rest } = node;
  return node.properties?.[step] ?? (typeof rest === 'object' ? rest : undefined);
}

function childOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string | number, unknown>)[step];
}
