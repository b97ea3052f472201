/** Requests that people at MyServe work on: device status, SIM cards, tickets. None has a key against a second one. */
import { z } from 'zod';
import { isObject } from '../../base/json.ts';
import { contentReference } from '../content-reference.ts';
import { text, textAt } from '../fields.ts';
import type { Async } from '../port.ts';
import { anyKeys, get, id, judgeProgress, type MyserveOperation, post, saysStatus } from './operation.ts';

const made = z.looseObject({ id });

const changeDeviceStatus = post({
  id: 'Devices/changeStatus',
  path: '/devices/change_status',
  purpose: 'Ask to suspend or cancel a device',
  request: z
    .strictObject({
      number: text,
      new_status: z.enum(['cancelled', 'suspended']),
      // Marked as required; text and examples want it for a suspension only.
      new_status_details: z.enum(['Reduced Rate', 'Full Rate']).optional(),
    })
    .refine((request) => request.new_status !== 'suspended' || request.new_status_details !== undefined, {
      message: 'a suspension needs it',
      path: ['new_status_details'],
    }),
  response: made,
  repeat: { mode: 'never', because: 'no read tells what became of such a request' },
  // A device may rightly be suspended again, once somebody has made it active.
  reference: () => null,
});

/** @param statusOperation reads a request by its id */
const followed = (statusOperation: string): Async => ({
  mode: 'poll',
  ask: {},
  job(answer) {
    const made = isObject(answer) ? answer['id'] : undefined;
    return typeof made === 'number' || typeof made === 'string' ? String(made) : null;
  },
  status: { operation: statusOperation, request: (job) => ({ id: job }) },
  judge: judgeProgress,
});

const createSimChange = post({
  id: 'SimCardChanges/create',
  path: '/device_requests/sim_card_changes',
  purpose: 'Ask to change the SIM card of a device',
  request: z.strictObject({ number: text, old_sim: text.optional(), new_sim: text }),
  response: made,
  async: followed('SimCardChanges/get'),
  repeat: { mode: 'never', because: 'a request can be read by its id only, which comes with the answer' },
  reference: (request) => {
    const number = textAt(request, 'number');
    const sim = textAt(request, 'new_sim');
    return number === null || sim === null ? null : `${number} ${sim}`;
  },
});

const getSimChange = get({
  id: 'SimCardChanges/get',
  path: '/device_requests/sim_card_changes/{id}',
  purpose: 'Read how a change of a SIM card stands',
  request: z.strictObject({ id }),
  response: z.looseObject({ status: z.string() }),
  says: saysStatus,
});

const ticketType = z.enum(['helpdesk', 'procurement']);

const createTicket = post({
  id: 'Tickets/create',
  path: '/tickets',
  purpose: 'Open a ticket',
  request: z.strictObject({
    subject: text,
    ticket_type: ticketType.optional(),
    additional_info: anyKeys.optional(),
    notify_emails: z.array(text),
  }),
  response: z.looseObject({ id, status: z.string() }),
  says: saysStatus,
  repeat: {
    mode: 'never',
    because: 'the list of tickets has no ids, so that it cannot tell which one is ours',
  },
  reference: contentReference,
});

const getTicket = get({
  id: 'Tickets/get',
  path: '/tickets/{id}',
  purpose: 'Read a ticket',
  request: z.strictObject({ id }),
  response: z.looseObject({ status: z.string() }),
  says: saysStatus,
});

export const requestOperations: readonly MyserveOperation[] = [
  changeDeviceStatus,
  getSimChange,
  createSimChange,
  getTicket,
  createTicket,
];
