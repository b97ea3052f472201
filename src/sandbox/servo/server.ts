/**
 * A Servo to rehearse and test with. Its documents describe no failure and no answer to a new order: those here are in the manner of the framework that
 * Servo is built with, and the answer to an order is its number.
 */
import { z } from 'zod';
import { isObject, type JsonObject } from '../../base/json.ts';
import { type Answer, json, objectIn } from '../answering.ts';
import { type FieldRules, inWords, problemsIn } from '../field-rules.ts';
import { type HttpSandbox, type HttpSandboxOptions, startHttpSandbox } from '../http-sandbox.ts';
import { lever } from '../lever.ts';
import { operationsOf, type Route, router } from '../routes.ts';
import type { Asked, SimulatedSystem } from '../simulated-system.ts';
import { Tally } from '../tally.ts';

export interface ServoSandboxOptions extends HttpSandboxOptions {
  token: string;
  /** Whether the timeline of an order is shown; it is if left out. */
  showTimeline?: boolean;
}

export interface ServoOrder {
  number: string;
  /** Newest last. */
  statuses: string[];
  details: JsonObject;
}

export interface ServoSandbox extends HttpSandbox {
  /** By order number. */
  orders: ReadonlyMap<string, ServoOrder>;
  /** How often `operation reference` took effect: a new order has the serial number of its device for one, else the customer's address. */
  effects: ReadonlyMap<string, number>;
  /** An order goes on to this status. */
  proceed(order: string, status: string): void;
}

const routes: readonly Route[] = [
  { operation: 'Order/status', method: 'GET', template: '/api/status/' },
  { operation: 'Warranty/lookup', method: 'GET', template: '/api/warranty/' },
  { operation: 'Order/create', method: 'POST', template: '/api/orders/' },
];

const orderFields: FieldRules = {
  fields: {
    problem: 'text',
    customer: 'object',
    'customer.name': 'text',
    'customer.email': 'email',
    'customer.phone': 'text?',
    'customer.city': 'text?',
    'customer.zip_code': 'text?',
    'customer.street_address': 'text?',
    attachment: 'object?',
    'attachment.name': 'text?',
    'attachment.data': 'base64?',
    device: 'object?',
    'device.sn': 'text?',
    'device.description': 'text?',
    'device.accessories': 'texts?',
  },
};

const firstNumber = 11_012_765;
/** Serial numbers that end so are not known to the warranty service. */
const unknownEnd = '0000';

export async function startServo(options: ServoSandboxOptions): Promise<ServoSandbox> {
  const system = new ServoSimulator(options);
  const { orders, effects } = system;
  const sandbox = await startHttpSandbox(system, options);
  const proceed = (order: string, status: string) => system.proceed(order, status);
  return { ...sandbox, orders, effects: effects.counts, proceed };
}

class ServoSimulator implements SimulatedSystem {
  readonly orders = new Map<string, ServoOrder>();
  readonly effects = new Tally();
  readonly operations = operationsOf(routes);
  readonly route = router(routes);
  readonly levers = {
    proceed: lever(z.strictObject({ order: z.string(), status: z.string().min(1) }), ({ order, status }) => {
      this.proceed(order, status);
      return this.orders.get(order);
    }),
  };
  readonly #options: ServoSandboxOptions;

  constructor(options: ServoSandboxOptions) {
    this.#options = options;
  }

  answer({ operation, query, headers, body }: Asked): Answer {
    if (operation === 'Order/status') return this.#status(query.get('q') ?? '');
    if (headers.authorization !== `Token ${this.#options.token}`) return detail(401, 'Invalid token.');
    if (operation === 'Warranty/lookup') return warranty(query.get('sn') ?? '');
    if (headers['content-type']?.split(';')[0] !== 'application/json')
      return detail(415, 'Unsupported media type in request.');
    return this.#create(objectIn(body));
  }

  failure(status: number, code?: string): Answer {
    return detail(status, code ?? 'Request was throttled.');
  }

  wrongSchema(): Answer {
    return json(200, { done: true });
  }

  proceed(order: string, status: string): void {
    this.orders.get(order)?.statuses.push(status);
  }

  state(): unknown {
    return { orders: [...this.orders.values()] };
  }

  reset(): void {
    this.orders.clear();
    this.effects.clear();
  }

  #status(number: string): Answer {
    const order = this.orders.get(number);
    if (order === undefined) return detail(404, 'Order not found.');
    const entry = (status: string, index: number) => ({
      status,
      started_at: new Date(Date.UTC(2026, 0, 5, 9, index)).toISOString().replace('000Z', '000000+00:00'),
      badge: 'success',
      description: '',
    });
    const timeline = order.statuses.map(entry).reverse();
    return json(200, {
      status: order.statuses.at(-1) ?? '',
      ...(this.#options.showTimeline === false ? {} : { timeline }),
      status_description: '',
      order: number,
    });
  }

  #create(request: JsonObject | null): Answer {
    if (request === null) return detail(400, 'JSON parse error');
    const problems = inWords(problemsIn(request, orderFields));
    if (problems.length > 0) return json(400, { non_field_errors: problems });
    const number = String(firstNumber + this.orders.size);
    this.orders.set(number, { number, statuses: ['In the service queue'], details: request });
    this.effects.add(`Order/create ${nameOf(request)}`);
    return json(201, { order: number });
  }
}

function nameOf({ device, customer }: JsonObject): string {
  const serial = isObject(device) ? device['sn'] : undefined;
  return String(serial ?? (isObject(customer) ? customer['email'] : ''));
}

function warranty(serial: string): Answer {
  if (serial === '') return detail(400, 'The serial number is missing.');
  if (serial.endsWith(unknownEnd)) return detail(404, 'Device not found.');
  const covered = !serial.startsWith('D');
  return json(200, {
    description: 'iMac (27-inch, Mid 2011)',
    unlocked: null,
    warranty_status: covered ? 'LI' : 'OOW',
    parts_and_labor_covered: covered,
    contract_end_date: null,
    image_url: '',
    sn: serial,
    applied_activation_policy: '',
    imei: '',
    purchased_on: '2011-06-02',
    fmip_active: false,
    configuration: 'IMAC 27"/2.7QC/2X2GB/1TB/6770M',
  });
}

const detail = (status: number, text: string): Answer => json(status, { detail: text });
