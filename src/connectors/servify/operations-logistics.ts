import { z } from 'zod';
import { text } from '../fields.ts';
import { answerOf, anyPayload, type ServifyOperation, servifyCall } from './operation.ts';

const updateLogisticsStatus = servifyCall({
  id: 'Logistics/UpdateLogisticsStatus',
  kind: 'write',
  // Its first line says "get"; its fields and its name set.
  purpose: 'Set the logistics status of a service request',
  request: z
    .strictObject({
      // Both starred; a later line says that either will do.
      WaybillNumber: text.optional(),
      ReferenceID: text.optional(),
      // Not starred, but what the call is about. Its values are not listed; attempted is the one shown.
      status: text,
    })
    .refine((request) => request.WaybillNumber !== undefined || request.ReferenceID !== undefined, {
      message: 'one of WaybillNumber and ReferenceID is needed',
      path: ['WaybillNumber'],
    }),
  response: answerOf(anyPayload),
  repeat: { mode: 'safe' },
  reference: () => null,
});

export const logisticsOperations: readonly ServifyOperation[] = [updateLogisticsStatus];
