/**
 * The receiving end of servicer events, to rehearse and test with. Answers and failures are not described: an event is answered with its number, a failure
 * has `code` and `message`.
 */
import type { Clock } from '../../base/clock.ts';
import type { JsonObject } from '../../base/json.ts';
import { type Answer, json, objectIn } from '../answering.ts';
import { type FieldRules, inWords, problemsIn } from '../field-rules.ts';
import {
  type Asked,
  type HttpSandbox,
  type HttpSandboxOptions,
  type SimulatedSystem,
  startHttpSandbox,
} from '../http-sandbox.ts';
import { Doorman, type SandboxLogin, tokenOperation, tokenPath } from '../logins.ts';
import { router } from '../routes.ts';
import { Tally } from '../tally.ts';

export type ServiceType = 'repair_depot' | 'repair_onsite';

export interface ServicedOrder {
  serviceType: ServiceType;
  state: 'new' | 'accepted' | 'closed';
  /** In the order in which they came. */
  events: JsonObject[];
}

export interface ServicerEventsSandboxOptions extends HttpSandboxOptions {
  /** None if left out. */
  login?: SandboxLogin;
  clock?: Clock;
}

export interface ServicerEventsSandbox extends HttpSandbox {
  /** By id. Orders are made here, since no call of a servicer makes one. */
  orders: Map<string, ServicedOrder>;
  /** How often `event order` took effect, e.g. `repair_started SO-1`. */
  effects: ReadonlyMap<string, number>;
}

const events = '/tenants/{tenant}/stores/{store}/service-orders/{serviceOrder}/events';
const route = router([
  { operation: tokenOperation, method: 'POST', template: tokenPath },
  { operation: 'events', method: 'POST', template: events },
  { operation: 'check', method: 'GET', template: events },
]);

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

class EventSimulator implements SimulatedSystem {
  readonly orders = new Map<string, ServicedOrder>();
  readonly effects = new Tally();
  readonly route = route;
  readonly #doorman: Doorman;
  #count = 0;

  constructor({ login = { kind: 'none' }, clock }: ServicerEventsSandboxOptions) {
    this.#doorman = new Doorman(login, clock);
  }

  answer(asked: Asked): Answer {
    if (asked.operation === tokenOperation) return this.#doorman.issue(asked);
    if (!this.#doorman.admits(asked)) return problem(401, 'UNAUTHORIZED', 'the login is not valid');
    const { serviceOrder = '' } = asked.path;
    const order = this.orders.get(serviceOrder);
    if (order === undefined) return problem(404, 'NOT_FOUND', `there is no service order ${serviceOrder}`);
    if (asked.operation === 'check') return json(200, order.events);
    const speaksJson = asked.headers['content-type']?.split(';')[0] === 'application/json';
    const event = speaksJson ? objectIn(asked.body) : null;
    if (event === null) return problem(400, 'BAD_BODY', 'the body is not an object in JSON');
    return this.#take(serviceOrder, order, event);
  }

  failure(status: number, code = 'TOO_MANY_REQUESTS'): Answer {
    return problem(status, code, 'scripted');
  }

  wrongSchema(): Answer {
    return json(200, { done: true });
  }

  expireTokens(): void {
    this.#doorman.expire();
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

const problem = (status: number, code: string, message: string): Answer => json(status, { code, message });
