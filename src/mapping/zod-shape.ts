/** What an operation's request schema says about a field, without asking it about every value. */
import { z } from 'zod';
import { inner } from '../base/zod-inner.ts';

export type FieldKind = 'text' | 'number' | 'boolean' | 'object' | 'any';

export const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

/** Whether it may have fields that it does not name. */
export function isOpen({ def }: z.ZodObject): boolean {
  return def.catchall !== undefined && !(def.catchall instanceof z.ZodNever);
}

/** The kinds of value the field takes. */
export function fieldKinds(schema: z.ZodType): ReadonlySet<FieldKind> {
  const one = inner(schema);
  if (one instanceof z.ZodUnion) {
    return new Set(one.options.flatMap((option) => [...fieldKinds(option as z.ZodType)]));
  }
  switch (one.def.type) {
    case 'string':
    case 'template_literal':
      return new Set(['text']);
    case 'number':
      return new Set(['number']);
    case 'boolean':
      return new Set(['boolean']);
    case 'object':
    case 'record':
      return new Set(['object']);
    case 'enum':
    case 'literal':
      return new Set(constants(one).map(kindOfConstant));
    default:
      return new Set(['any']);
  }
}

function constants(schema: z.ZodType): readonly unknown[] {
  if (schema instanceof z.ZodEnum) return schema.options;
  return schema instanceof z.ZodLiteral ? [...schema.values] : [];
}

function kindOfConstant(value: unknown): FieldKind {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'any';
}

/**
 * Whether the schema itself asks for more than a type and some text, so that values must be put to it. Most fields do not, and asking
 * them all costs more than the rest of the row.
 */
export function asksMore(schema: z.ZodType): boolean {
  const one = inner(schema);
  if (one instanceof z.ZodUnion) return one.options.some((option) => asksMore(option as z.ZodType));
  if (one instanceof z.ZodEnum || one instanceof z.ZodLiteral) return true;
  if (one instanceof z.ZodStringFormat || one instanceof z.ZodNumberFormat) return true;
  return (one.def.checks ?? []).some((check) => {
    const rule = check._zod.def as { check: string; minimum?: number };
    return rule.check !== 'min_length' || (rule.minimum ?? 0) > 1;
  });
}
