/** The JSON Schema for editors: what may be written, `${env:NAME}` included. */
import type { z } from 'zod';
import { type Description, describe, describeConfig } from './description.ts';

const environmentForm: Description = {
  type: 'string',
  pattern: String.raw`^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$`,
  description: 'Taken from the environment.',
};

export function configJsonSchema(): Description {
  const { $schema, ...rest } = forEditors(describeConfig());
  return { $schema, title: 'Tidegate configuration', ...rest };
}

/** Of any other kind of file, as it stands. */
export function jsonSchemaOf(schema: z.ZodType, title: string): Description {
  const { $schema, ...rest } = describe(schema);
  return { $schema, title, ...rest };
}

/** Without our own keyword, and with `${env:NAME}` wherever one value stands that is no secret and decides nothing about the keys around it. */
function forEditors(node: Description): Description {
  const { expects: _ours, ...published } = node;
  const { properties, additionalProperties, items, anyOf, oneOf } = published;
  if (properties) {
    published.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, forEditors(property)]),
    );
  }
  if (typeof additionalProperties === 'object')
    published.additionalProperties = forEditors(additionalProperties);
  if (published.propertyNames) published.propertyNames = withoutExpects(published.propertyNames);
  if (items) published.items = forEditors(items);
  if (anyOf) published.anyOf = anyOf.map(forEditors);
  if (oneOf) published.oneOf = oneOf.map(forEditors);
  return takesEnvironment(published) ? orEnvironment(published) : published;
}

function withoutExpects({ expects: _ours, ...rest }: Description): Description {
  return rest;
}

function takesEnvironment(node: Description): boolean {
  if (node.title === 'secret' || node.const !== undefined || node.anyOf || node.oneOf) return false;
  if (node.type === 'string') return Boolean(node.pattern ?? node.format ?? node.enum);
  return node.type === 'integer' || node.type === 'number' || node.type === 'boolean';
}

/** What is said about the key stays outside, so that editors show it for both forms. */
function orEnvironment(node: Description): Description {
  const { title, description, default: standard, examples, ...rest } = node;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(standard !== undefined && { default: standard }),
    ...(examples !== undefined && { examples }),
    anyOf: [rest, environmentForm],
  };
}
