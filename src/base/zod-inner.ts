import { z } from 'zod';

/** The schema without its wrappers: optional, nullable, default and the like. */
export function inner(schema: z.ZodType): z.ZodType {
  let here = schema;
  for (;;) {
    if (here instanceof z.ZodLazy) here = here.def.getter() as z.ZodType;
    else if (here instanceof z.ZodPipe) here = here.def.in as z.ZodType;
    else if (
      here instanceof z.ZodOptional ||
      here instanceof z.ZodNullable ||
      here instanceof z.ZodDefault ||
      here instanceof z.ZodPrefault ||
      here instanceof z.ZodNonOptional ||
      here instanceof z.ZodReadonly ||
      here instanceof z.ZodCatch
    ) {
      here = here.def.innerType as z.ZodType;
    } else return here;
  }
}
