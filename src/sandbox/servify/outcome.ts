/** What the simulator's memories answer. */
import type { Json, JsonObject } from '../../base/json.ts';

export type Outcome =
  | { ok: true; message: string; data: Json }
  | {
      ok: false;
      errorCode: string;
      message: string;
      /** That of the code if left out. */
      status?: number;
    };

export type Run = (request: JsonObject) => Outcome;

export const success = (data: Json, message = 'Success'): Outcome => ({ ok: true, message, data });

export const badRequest = (message: string): Outcome => ({
  ok: false,
  errorCode: 'DATA.BAD_REQUEST.400',
  message,
});

export const textAt = (object: JsonObject, key: string): string => String(object[key] ?? '');

/** What ends in 0000 is not known. */
export const isUnknown = (id: string): boolean => id.endsWith('0000');
