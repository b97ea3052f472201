/** The part of JSON Schema that bodies of declared operations are described with. What is not here would be passed over without a word, so it is refused. */
import { z } from 'zod';

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'] as const;
const formats = ['date', 'date-time', 'time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6'] as const;
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const length = z.int().nonnegative();

const pattern = z
  .string()
  .refine((text) => canBePattern(text), 'not a regular expression that JavaScript understands');

function canBePattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

export interface BodySchema {
  type?: (typeof types)[number] | (typeof types)[number][] | undefined;
  description?: string | undefined;
  enum?: z.infer<typeof scalar>[] | undefined;
  const?: z.infer<typeof scalar> | undefined;
  properties?: Record<string, BodySchema> | undefined;
  required?: string[] | undefined;
  additionalProperties?: boolean | BodySchema | undefined;
  items?: BodySchema | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  format?: (typeof formats)[number] | undefined;
  pattern?: string | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  anyOf?: BodySchema[] | undefined;
}

export const bodySchema: z.ZodType<BodySchema> = z.lazy(() => node);

const node = z.strictObject({
  type: z.union([z.enum(types), z.array(z.enum(types)).min(1)]).optional(),
  description: z.string().optional().describe('For people.'),
  enum: z.array(scalar).min(1).optional(),
  const: scalar.optional(),
  properties: z.record(z.string(), bodySchema).optional().describe('Fields of an object.'),
  required: z.array(z.string()).optional().describe('Fields that must be there.'),
  additionalProperties: z
    .union([z.boolean(), bodySchema])
    .optional()
    .describe('Whether other fields may be there (they may unless said), or what they must be.'),
  items: bodySchema.optional().describe('Members of a list.'),
  minItems: length.optional(),
  maxItems: length.optional(),
  format: z.enum(formats).optional(),
  pattern: pattern.optional(),
  minLength: length.optional(),
  maxLength: length.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  anyOf: z.array(bodySchema).min(1).optional(),
});

/** The same rule as zod has it. */
export const toZod = (schema: BodySchema): z.ZodType =>
  z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]) as z.ZodType;
