import { z } from 'zod';
import { text } from '../fields.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';

const getExternalConsumer = servifyCall({
  id: 'Consumer/getExternalConsumer',
  kind: 'read',
  purpose: "Read a consumer by the partner's own customer code",
  // Not starred, but without it nobody is named.
  request: z.strictObject({ OpenID: text }),
  // Not linked is a normal answer.
  response: answerOf(z.looseObject({ IsLinked: z.boolean() })),
  repeat: { mode: 'safe' },
  reference: () => null,
});

export const consumerOperations: readonly ServifyOperation[] = [getExternalConsumer];
