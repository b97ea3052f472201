/** Whether a lost call happened, by comparing what a read finds with what was sent. Pure; whatever contradicts itself is unclear. */
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Json, JsonObject } from '../../base/json.ts';
import type { CallResult, LookupVerdict, Paging, Repeat } from '../port.ts';
import { at, textOf } from './reading.ts';
import type { LookupSpec } from './schema.ts';

export interface Asked {
  /** Of the operation whose answer was lost. */
  response: z.ZodType;
  /** What is not found may still stand in a queue. */
  queued: boolean;
  /** Of the read: one page need not show all that there is. */
  paging: Paging | null;
}

export const declaredLookup = (spec: LookupSpec, asked: Asked): Repeat => ({
  mode: 'lookup',
  operation: spec.operation,
  request: (sent) =>
    Object.fromEntries(Object.entries(spec.request).map(([field, path]) => [field, at(sent, path) ?? null])),
  judge: (found, sent) => judge(spec, asked, found, sent),
});

function judge(spec: LookupSpec, asked: Asked, found: CallResult, sent: JsonObject): LookupVerdict {
  if (!found.accepted)
    return spec.absent.includes(found.code)
      ? absent(asked)
      : unclear(`the look-up was answered with ${found.code || `status ${found.status}`}`);
  const lacking = [...Object.values(spec.request), ...Object.values(spec.same)].find(
    (path) => (at(sent, path) ?? null) === null,
  );
  if (lacking !== undefined) return unclear(`what was sent has no ${lacking} to look it up by`);
  const here = at(found.answer, spec.found);
  if (here === undefined) return unclear('the look-up was answered without what it was asked for');
  const same = (thing: Json): boolean =>
    Object.entries(spec.same).every(([path, own]) => areSame(at(thing, path), at(sent, own)));
  if (!Array.isArray(here)) {
    if (!same(here)) return unclear('the look-up was answered with something else');
    return happened(spec, asked, here);
  }
  const unseen = Object.keys(spec.same).find(
    (path) => here.length > 0 && here.every((thing: Json) => at(thing, path) === undefined),
  );
  if (unseen !== undefined) return unclear(`nothing that the look-up shows has ${unseen} to compare`);
  const [first, ...others] = (here as readonly Json[]).filter(same);
  if (others.length > 0) return unclear('the look-up found it more than once');
  if (first !== undefined) return happened(spec, asked, first);
  if (!isWhole(asked.paging, found.answer)) return unclear('the look-up shows one page of several');
  return absent(asked);
}

/** Systems tell numbers as texts and the other way round; a difference in type must not pass for an absence. */
const areSame = (there: Json | undefined, own: Json | undefined): boolean => {
  const text = textOf(own);
  return text === '' ? isDeepStrictEqual(there, own) : textOf(there) === text;
};

function isWhole(paging: Paging | null, answer: Json): boolean {
  if (paging === null) return true;
  const count = paging.items(answer).length;
  const total = paging.total(answer);
  return total === null ? count < paging.size : count >= total;
}

function happened({ answer }: LookupSpec, { response }: Asked, thing: Json): LookupVerdict {
  const built =
    answer === undefined
      ? thing
      : Object.fromEntries(Object.entries(answer).map(([field, path]) => [field, at(thing, path) ?? null]));
  return response.safeParse(built).success
    ? { kind: 'happened', answer: built }
    : unclear('what the look-up found lacks what the answer would have had');
}

const absent = ({ queued }: Asked): LookupVerdict =>
  queued ? unclear('it may still stand in the queue') : { kind: 'absent' };

const unclear = (why: string): LookupVerdict => ({ kind: 'unclear', why });
