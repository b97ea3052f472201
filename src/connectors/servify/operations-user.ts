import { z } from 'zod';
import { text } from '../fields.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';

/** Its answer lets somebody in: for use at once, not for an acknowledgement. */
const getAuthenticatedURL = servifyCall({
  id: 'User/getAuthenticatedURL',
  kind: 'read',
  purpose: 'Get the address of the portal for a user, with an access token in it',
  request: z.strictObject({
    // Not starred, but without it nobody logs in.
    username: text,
    // For the page of a request one of its two ids; for other pages what was agreed.
    params: z.record(z.string(), z.json()).optional(),
  }),
  response: answerOf(z.looseObject({ url: text, accessToken: text })),
  // The documented failure: a user that is not mapped, with HTTP 200.
  refusals: new Set(['SM.WTR.001']),
  repeat: { mode: 'safe' },
  reference: () => null,
});

export const userOperations: readonly ServifyOperation[] = [getAuthenticatedURL];
