import type { Json } from './json.ts';

/** The value at a dotted path, e.g. `Contract.SoldPlanCode` or `items.0.code`; `undefined` when it is not there. */
export function valueAtPath(value: Json | undefined, path: string): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path.split('.')) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    here = (here as Readonly<Record<string, Json>>)[step];
  }
  return here;
}
