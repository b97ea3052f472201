/** Trade-ins. Only one field of one of them is starred; what names the trade-in is demanded everywhere. */
import { z } from 'zod';
import { day, text, textAt } from '../fields.ts';
import { answerOf, anyPayload, type ServifyOperation, servifyCall } from './operation.ts';

const cancelTradeInRequest = servifyCall({
  id: 'TradeIn/cancelTradeInRequest',
  kind: 'write',
  purpose: 'Cancel a trade-in that has not been processed yet',
  request: z.strictObject({
    tradeInReferenceID: text,
    // Both agreed at integration.
    partner: text.optional(),
    userName: text.optional(),
  }),
  response: answerOf(anyPayload),
  repeat: {
    mode: 'never',
    because: 'the states of a trade-in are not listed, so no read tells for sure that it was cancelled',
  },
  reference: (request) => textAt(request, 'tradeInReferenceID'),
});

const getTradeInRequestDetails = servifyCall({
  id: 'TradeIn/getTradeInRequestDetails',
  kind: 'read',
  purpose: 'Read a trade-in with its amounts, answers and pictures',
  request: z.strictObject({ tradeInReferenceID: text, partner: text.optional() }),
  // Several fields are called texts and shown as numbers.
  response: answerOf(z.looseObject({ tradeInReferenceID: text })),
  repeat: { mode: 'safe' },
  reference: () => null,
});

const place = z.strictObject({
  // Empty in the example.
  landmark: z.string().optional(),
  address: text.optional(),
  pinCode: text.optional(),
  phoneNo: text.optional(),
  name: text.optional(),
  countryCode: text.optional(),
});

const storeShipmentDetails = servifyCall({
  id: 'TradeIn/storeShipmentDetails',
  kind: 'write',
  purpose: 'Store where and when the device of a trade-in is picked up and dropped off',
  request: z.strictObject({
    tradeInReferenceID: text,
    waybillNo: text.optional(),
    source: text.optional(),
    // The table has dropDetails twice; the second is meant for the other place.
    dropDetails: place.optional(),
    pickupDetails: place.optional(),
    // Its fields are in the example only.
    timePeriod: z
      .strictObject({
        scheduleDate: day.optional(),
        fromTime: z.iso.time().optional(),
        toTime: z.iso.time().optional(),
      })
      .optional(),
  }),
  response: answerOf(anyPayload),
  repeat: { mode: 'safe' },
  reference: () => null,
});

export const tradeinOperations: readonly ServifyOperation[] = [
  cancelTradeInRequest,
  getTradeInRequestDetails,
  storeShipmentDetails,
];
