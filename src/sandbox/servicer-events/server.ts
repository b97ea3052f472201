/**
 * The receiving end of servicer events, to rehearse and test with. Answers and failures are not described: an event is answered with its number, a failure
 * has `code` and `message`.
 */
import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { type Answer, json } from '../answering.ts';
import { type FieldRules, inWords, problemsIn } from '../field-rules.ts';
import { type HttpSandbox, startHttpSandbox } from '../http-sandbox.ts';
import { lever } from '../lever.ts';
import { badBody, bodyOf, OpenSystem, type OpenSystemOptions, problem } from '../open-system.ts';
import type { Route } from '../routes.ts';
import type { Asked, SimulatedSystem } from '../simulated-system.ts';
import { Tally } from '../tally.ts';

const serviceTypes = ['repair_depot', 'repair_onsite'] as const;
const states = ['new', 'accepted', 'closed'] as const;
export type ServiceType = (typeof serviceTypes)[number];

export interface ServicedOrder {
  serviceType: ServiceType;
  state: (typeof states)[number];
  /** In the order in which they came. */
  events: JsonObject[];
}

export type ServicerEventsSandboxOptions = OpenSystemOptions;

export interface ServicerEventsSandbox extends HttpSandbox {
  /** By id. Orders are made here, since no call of a servicer makes one. */
  orders: Map<string, ServicedOrder>;
  /** How often `event order` took effect, e.g. `repair_started SO-1`. */
  effects: ReadonlyMap<string, number>;
}

const events = '/tenants/{tenant}/stores/{store}/service-orders/{serviceOrder}/events';
const routes: readonly Route[] = [
  { operation: 'events', method: 'POST', template: events },
  { operation: 'check', method: 'GET', template: events },
];

type Fields = FieldRules['fields'];

const own: Readonly<Record<ServiceType, Readonly<Record<string, Fields>>>> = {
  repair_depot: {
    product_received: { receivedBy: 'text?', receptionDate: 'number?' },
    product_delivered: { deliveredTo: 'text?', deliveredDate: 'number?' },
    product_diagnosed: {
      diagnosedBy: 'text?',
      diagnosticExplanation: 'text?',
      diagnosticCompletedAt: 'number?',
    },
    repair_eta: { estimatedRepairCompletionAt: 'number?', isDelayed: 'boolean?', delayReason: 'text?' },
    repair_started: { repairStartedAt: 'number?' },
    repair_completed: { repairCompletedAt: 'number?' },
  },
  repair_onsite: {
    part_management: { partManagementEventType: 'text?' },
    appointment_scheduling: { appointmentEventType: 'text?', appointmentDate: 'number?' },
    customer_contact: {
      customerContactEventType: 'text?',
      method: 'text?',
      contactTimestamp: 'number?',
      appointmentTimestamps: 'numbers?',
    },
    batched: { availabilityWindows: 'numbers?' },
    resolved: { resolutionType: 'text?', reason: 'text?' },
  },
};
const others: Fields = { eventDate: 'number?', metadata: 'anything?' };

/** The type of service that a name belongs to; `null` for names of other events. */
function typeOf(event: string): ServiceType | null {
  if (Object.hasOwn(own.repair_depot, event)) return 'repair_depot';
  return Object.hasOwn(own.repair_onsite, event) ? 'repair_onsite' : null;
}

export async function startServicerEvents(
  options: ServicerEventsSandboxOptions,
): Promise<ServicerEventsSandbox> {
  const system = new EventSimulator(options);
  const { orders, effects } = system;
  return { ...(await startHttpSandbox(system, options)), orders, effects: effects.counts };
}

class EventSimulator extends OpenSystem implements SimulatedSystem {
  readonly orders = new Map<string, ServicedOrder>();
  readonly effects = new Tally();
  readonly levers = {
    /** Makes an order, or changes how one stands. */
    orders: lever(
      z.strictObject({ id: z.string().min(1), serviceType: z.enum(serviceTypes), state: z.enum(states) }),
      ({ id, ...order }) => {
        this.orders.set(id, { ...order, events: this.orders.get(id)?.events ?? [] });
        return this.orders.get(id);
      },
    ),
  };
  #count = 0;

  constructor(options: ServicerEventsSandboxOptions) {
    super(routes, options);
  }

  protected serve(asked: Asked): Answer {
    const { serviceOrder = '' } = asked.path;
    const order = this.orders.get(serviceOrder);
    if (order === undefined) return problem(404, 'NOT_FOUND', `there is no service order ${serviceOrder}`);
    if (asked.operation === 'check') return json(200, order.events);
    const event = bodyOf(asked);
    if (event === null) return badBody();
    return this.#take(serviceOrder, order, event);
  }

  state(): unknown {
    return { orders: Object.fromEntries(this.orders) };
  }

  reset(): void {
    this.orders.clear();
    this.effects.clear();
    this.#count = 0;
  }

  #take(id: string, order: ServicedOrder, event: JsonObject): Answer {
    const name = String(event['event'] ?? '');
    const type = typeOf(name);
    const fields = type === null ? others : (own[type][name] ?? {});
    const rules: FieldRules = { fields: { event: 'text', notes: 'text?', ...fields }, open: true };
    const problems = inWords(problemsIn(event, rules));
    if (problems.length > 0) return problem(400, 'BAD_FIELD', problems.join('; '));
    if (type !== null && type !== order.serviceType)
      return problem(422, 'WRONG_SERVICE_TYPE', `${name} is no event of ${order.serviceType}`);
    if (order.state === 'new') return problem(409, 'NOT_ACCEPTED', `${id} has not been accepted`);
    if (order.state === 'closed') return problem(409, 'CLOSED', `${id} is closed`);
    order.events.push(event);
    this.effects.add(`${name} ${id}`);
    this.#count += 1;
    return json(201, { id: `E${this.#count}` });
  }
}
