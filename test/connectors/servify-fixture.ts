import { generateKeyPairSync } from 'node:crypto';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { JsonObject } from '../../src/base/json.ts';
import {
  createServifyConnector,
  type ServifyConnector,
  type ServifyOptions,
} from '../../src/connectors/servify/connector.ts';
import {
  type ServifySandbox,
  type ServifySandboxOptions,
  startServify,
} from '../../src/sandbox/servify/server.ts';
import { restOptions } from './options.ts';

export const clientId = 'client-1';
export const clientSecret = 's'.repeat(64);

export const rsaPair = (modulusLength = 2048): { publicKey: string; privateKey: string } =>
  generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

export interface Rig {
  sandbox: ServifySandbox;
  connector: ServifyConnector;
  options: ServifyOptions;
  close(): Promise<void>;
}

/** A simulator and a connector that fit each other, except for what is overridden. */
export async function startRig(
  override: Partial<ServifyOptions> = {},
  sandboxOverride: Partial<ServifySandboxOptions> = {},
): Promise<Rig> {
  const client = rsaPair();
  const clock = override.clock ?? systemClock;
  const sandbox = await startServify({
    clientId,
    clientSecret,
    clientPublicKey: client.publicKey,
    clock,
    ...sandboxOverride,
  });
  const options: ServifyOptions = {
    ...restOptions(sandbox.url),
    clientId,
    clientSecret,
    host: 'client.example',
    servifyPublicKey: sandbox.publicKey,
    privateKey: client.privateKey,
    cryptoThreads: 1,
    clock,
    ...override,
  };
  const connector = createServifyConnector(options);
  const close = async () => {
    await sandbox.close();
    await connector.close();
  };
  return { sandbox, connector, options, close };
}

/** Time that moves only when told. */
export class HeldClock implements Clock {
  #now: number;

  constructor(start = Date.UTC(2026, 2, 1, 12)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  steadySince(): number {
    return 0;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(): Promise<void> {
    throw new Error('nothing sleeps here');
  }
}

let made = 0;

/** A proper `createContract` request under an id of its own, with characters of several bytes. */
export function newContract(fields: JsonObject = {}): JsonObject {
  made += 1;
  return {
    ExternalReferenceID: `IND-${made}`,
    ProductUniqueID: `35690540${String(made).padStart(6, '0')}7`,
    DeviceDateOfPurchase: '2025-06-15',
    CustomerName: 'Zoë Müller 漢字',
    PhoneCode: '91',
    CountryCode: 'IN',
    CurrencyCode: 'INR',
    MobileNo: '9098000000',
    EmailID: 'zoe@example.com',
    BrandCode: 'Samsung',
    ProductPurchaseCost: 55000,
    DateOfPurchase: '2026-02-21',
    PlanCode: 'SFYPROTECT01',
    ProductSubCategoryCode: 'Smartphone',
    State: 'Maharashtra',
    Zipcode: '400093',
    OrderID: `ORDER-${made}`,
    OrderItemID: `ITEM-${made}`,
    PlanPrice: 3000,
    CustomerAddress: { AddressLine1: '4090 Landing Lane', City: 'Mumbai' },
    Frequency: 1,
    FrequencyUnit: 'MONTH',
    ...fields,
  };
}
