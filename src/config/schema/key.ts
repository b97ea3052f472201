import type { z } from 'zod';

/** A key of the configuration: its value, what it means and an example. Its default, if any, is the schema's own. */
export function key<T extends z.ZodType>(schema: T, description: string, example: unknown): T {
  return schema.meta({ description, examples: [example] });
}

/** What a refinement tells the reader beside the problem. */
export interface Advice {
  expected?: string;
  fix?: string;
}

export interface IssueSink {
  addIssue(issue: { code: 'custom'; path: string[]; message: string; params: Advice }): void;
}

/** Reports trouble between keys at one of them. */
export function complain(context: IssueSink, path: string[], message: string, advice: Advice): void {
  context.addIssue({ code: 'custom', path, message, params: advice });
}
