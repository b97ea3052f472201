/** Orders for Servo, some of them with a photo. */
import { hash } from 'node:crypto';
import { type ServoSandbox, startServo } from '../../src/sandbox/servo/server.ts';
import { type Exchange, type ExchangeOptions, startExchange } from './exchange.ts';

/** SHA-256 in hex. */
export const digest = (bytes: Buffer): string => hash('sha256', bytes);

const token = '976f7492627e2c8ca3bfc77b9286db5097c69e57';

export const orders = 'Orders_20260105_090000.csv';
export const ordersAck = '/out/OrdersAck_20260105_090000.csv';

const header =
  'Reference,Action Type,Problem,Customer Name,Email Address,Phone Number,Street Address,Zipcode,City,Serial Number,Device,Photo';

/** A row per photo; an empty one is an order without. */
export const ordersWith = (...photos: string[]): string =>
  [
    header,
    ...photos.map(
      (photo, n) =>
        `S-${n + 1},New Order,It is broken,Ada Example,ada${n}@example.com,,,00500,Helsinki,C02AB12CD${n}4,Mac,${photo}`,
    ),
    '',
  ].join('\n');

/** Orders without a photo, each for another device; `first` is the number of the first one. */
export const plainOrders = (first: number, count: number, action = 'New Order'): string =>
  [
    header,
    ...Array.from({ length: count }, (_, n) => first + n).map(
      (n) =>
        `P-${n},${action},It is broken,Ada Example,ada${n}@example.com,,,00500,Helsinki,C02AB12C${1000 + n},Mac,`,
    ),
    '',
  ].join('\n');

export interface ServoExchange {
  servo: ServoSandbox;
  exchange: Exchange;
  /** What Servo has got: SHA-256 by the file's name. */
  received(): Record<string, string>;
  stop(): Promise<void>;
}

export async function startServoExchange(
  adjust: NonNullable<ExchangeOptions['adjust']> = () => undefined,
  options: Pick<ExchangeOptions, 'clock' | 'clockEverywhere' | 'mail'> = {},
): Promise<ServoExchange> {
  const servo = await startServo({ token });
  const exchange = await startExchange({
    ...options,
    system: {
      target: {
        system: 'servo',
        baseUrl: servo.url,
        token: '${file:keys/token}',
        deadline: '5s',
        concurrency: 1,
      },
      secrets: { token },
      mapping: 'servo-orders',
      dataType: 'Orders',
    },
    adjust,
  });
  return {
    servo,
    exchange,
    received: () =>
      Object.fromEntries(
        [...servo.orders.values()].flatMap(({ details }) => {
          const attachment = details['attachment'] as { name: string; data: string } | undefined;
          return attachment ? [[attachment.name, digest(Buffer.from(attachment.data, 'base64'))]] : [];
        }),
      ),
    async stop() {
      await exchange.stop();
      await servo.close();
    },
  };
}
