/** An action whose only effect is a line in a file is named, compared and counted like one that calls. */
import { z } from 'zod';
import type { Operation } from '../connectors/port.ts';

/** Field of the request of such an action that names its effect. */
export const REFERENCE = 'reference';

/** @param id as the ledger shows it; effects of one partner are told apart by it */
export const fileOperation = (id: string): Operation => ({
  id,
  kind: 'write',
  method: 'PUT',
  path: '',
  purpose: 'a line in an outbound file',
  request: z.strictObject({ [REFERENCE]: z.string().optional() }),
  response: z.null(),
  repeat: { mode: 'safe' },
  reference: ({ [REFERENCE]: reference }) => (typeof reference === 'string' ? reference : null),
});
