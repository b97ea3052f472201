/** Transfers of responsibility: lines that come into the business, and lines that leave it. */
import { z } from 'zod';
import { isObject, type JsonObject } from '../../base/json.ts';
import { contentReference } from '../content-reference.ts';
import { day, text, textAt } from '../fields.ts';
import type { Async } from '../port.ts';
import { carrierActionNames } from './carrier-actions.ts';
import { anyKeys, flag, get, judgeProgress, type MyserveOperation, post, saysStatus } from './operation.ts';

const requested = z.looseObject({ uuid: text, status: z.string() });
const shown = z.looseObject({ status: z.string() });
const byUuid = z.strictObject({ uuid: text });

const followed = (statusOperation: string): Async => ({
  mode: 'poll',
  ask: {},
  job: (answer) => (isObject(answer) ? textAt(answer, 'uuid') : null),
  status: { operation: statusOperation, request: (job) => ({ uuid: job }) },
  judge: judgeProgress,
});

const common = {
  response: requested,
  says: saysStatus,
  canBeTried: true,
  repeat: {
    mode: 'never',
    because: 'a request can be read by its uuid only, which comes with the answer',
  },
  // Only `meta` has room for an id of ours, and the examples keep one there under this name.
  reference: (request: JsonObject) => {
    const { meta } = request;
    return (isObject(meta) ? textAt(meta, 'internal_id') : null) ?? contentReference(request);
  },
  // The answer brings a boolean.
  asShown: (request: JsonObject) =>
    request['send_to_carrier'] === undefined
      ? request
      : { ...request, send_to_carrier: String(request['send_to_carrier']) },
} as const;

const transferIn = post({
  ...common,
  id: 'TransferOfResponsibility/createIn',
  path: '/device_requests/transfer_of_responsibility/to_business',
  purpose: 'Ask to transfer a line into the business',
  request: z
    .strictObject({
      phone_number: text,
      employee_name: text,
      employee_number: text.optional(),
      rate_plan_name: text.optional(),
      // Marked as required; said to be needed only to find a rate plan.
      device_make: text.optional(),
      business_account_number: text,
      // With it, an e-mail leaves for the carrier.
      send_to_carrier: flag,
      request_type: z.enum(['person-to-business', 'business-to-business']).optional(),
      sandbox: z.boolean().optional(),
      admin_name: text.optional(),
      meta: anyKeys.optional(),
    })
    .refine((request) => request.rate_plan_name !== undefined || request.device_make !== undefined, {
      message: 'one of rate_plan_name and device_make is needed',
      path: ['device_make'],
    }),
  async: followed('TransferOfResponsibility/getIn'),
});

const getTransferIn = get({
  id: 'TransferOfResponsibility/getIn',
  path: '/device_requests/transfer_of_responsibility/to_business/{uuid}',
  purpose: 'Read how a transfer into the business stands',
  request: byUuid,
  response: shown,
  says: saysStatus,
});

/** What each kind of transfer out demands; what only the other kind knows is refused. */
const outKinds = {
  'business-to-person': {
    demands: ['carrier_action', 'confirm_legal_name', 'date', 'days_before_suspend'],
    allows: ['status'],
  },
  'business-to-business': {
    demands: ['business_account_number', 'new_business_name', 'send_to_carrier'],
    allows: [],
  },
} as const;

const outKind = z.enum(['business-to-person', 'business-to-business']);

const transferOut = post({
  ...common,
  id: 'TransferOfResponsibility/createOut',
  path: '/device_requests/transfer_of_responsibility/from_business',
  purpose: 'Ask to transfer a line to a person or to another business',
  request: z
    .strictObject({
      // Optional and without a default, though it decides about all the rest: without it, a new business tells the kinds apart.
      request_type: outKind.optional(),
      phone_number: text,
      carrier_action: z.enum(carrierActionNames).optional(),
      confirm_legal_name: text.optional(),
      // No format is given; all others are YYYY-MM-DD.
      date: day.optional(),
      days_before_suspend: z.int().nonnegative().optional(),
      // Called a boolean, and takes this word.
      status: z.literal('preapproved').optional(),
      admin_name: text.optional(),
      sandbox: z.boolean().optional(),
      meta: anyKeys.optional(),
      business_account_number: text.optional(),
      new_business_name: text.optional(),
      send_to_carrier: flag.optional(),
    })
    .superRefine((request, context) => {
      const kind =
        request.request_type ??
        (request.new_business_name === undefined ? 'business-to-person' : 'business-to-business');
      for (const [name, { demands, allows }] of Object.entries(outKinds)) {
        for (const field of [...demands, ...allows]) {
          const there = request[field] !== undefined;
          if (name !== kind && there)
            context.addIssue({ code: 'custom', path: [field], message: `not for ${kind}` });
          if (name === kind && !there && (demands as readonly string[]).includes(field))
            context.addIssue({ code: 'custom', path: [field], message: `needed for ${kind}` });
        }
      }
    }),
  async: followed('TransferOfResponsibility/getOut'),
});

const getTransferOut = get({
  id: 'TransferOfResponsibility/getOut',
  path: '/device_requests/transfer_of_responsibility/from_business/{uuid}',
  purpose: 'Read how a transfer out of the business stands',
  request: byUuid,
  // Only the fields of a transfer to another business are listed.
  response: shown,
  says: saysStatus,
});

export const transferOperations: readonly MyserveOperation[] = [
  transferIn,
  getTransferIn,
  transferOut,
  getTransferOut,
];
