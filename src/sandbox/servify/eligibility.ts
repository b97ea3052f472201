/**
 * The simulator's plans and its answers to `checkEligibility`. Deterministic, so that a test or a sample can provoke each documented code; the
 * first rule that applies decides:
 *
 * | code | when |
 * |---|---|
 * | INVALID_REQUEST_PARAMS | ProductPurchaseCost is not above 0 |
 * | INVALID_DEVICE_UNIQUE_IDENTIFIER | ProductUniqueID ends in 0000 |
 * | UNSUPPORTED_APP | PlanCode is PARTNERONLY01 |
 * | UNSUPPORTED_PLAN_PRICE | PlanCode is not in the price list |
 * | UNSUPPORTED_COUNTRY | the plan is not sold in CountryCode |
 * | UNSUPPORTED_DEVICE | BrandCode is NOBRAND |
 * | UNSUPPORTED_PRODUCT_PURCHASE_COST | ProductPurchaseCost is above the plan's limit |
 * | UNSUPPORTED_DEVICE_DATE_OF_PURCHASE | DeviceDateOfPurchase is before 2019-01-01 |
 * | UNSUPPORTED_LAST_REPAIR_DATE | LastRepairDate is before 2019-01-01 |
 * | ALREADY_REGISTERED_AGAINST_POLICY | an active contract has the same ProductUniqueID and PlanCode |
 * | ELIGIBLE_FOR_PLAN | otherwise |
 */
import type { JsonObject } from '../../base/json.ts';

export interface SandboxPlan {
  name: string;
  price: number;
  currency: string;
  /** `null`: everywhere. */
  countries: readonly string[] | null;
  maxDeviceCost: number;
}

export const sandboxPlans: ReadonlyMap<string, SandboxPlan> = new Map<string, SandboxPlan>([
  [
    'SFYPROTECT01',
    { name: 'Protect', price: 3000, currency: 'INR', countries: ['IN'], maxDeviceCost: 150_000 },
  ],
  [
    'QWER123',
    { name: 'Gadget cover', price: 2997, currency: 'INR', countries: ['IN'], maxDeviceCost: 150_000 },
  ],
  [
    'USPROTECT24',
    { name: 'Protect US', price: 129.99, currency: 'USD', countries: ['US'], maxDeviceCost: 2000 },
  ],
  [
    'EUPROTECT12',
    {
      name: 'Protect EU',
      price: 89.5,
      currency: 'EUR',
      countries: ['DE', 'FR', 'ES', 'IT'],
      maxDeviceCost: 2000,
    },
  ],
  [
    'GLOBAL12',
    { name: 'Protect world', price: 99, currency: 'USD', countries: null, maxDeviceCost: 1_000_000 },
  ],
]);

const firstDay = '2019-01-01';

export interface Eligibility {
  code: string;
  /** `null` when the plan has no price. */
  plan: SandboxPlan | null;
}

/** @param registered whether an active contract has this device and plan */
export function eligibilityOf(
  request: JsonObject,
  registered: (device: string, plan: string) => boolean,
): Eligibility {
  const planCode = String(request['PlanCode']);
  const device = String(request['ProductUniqueID']);
  const cost = Number(request['ProductPurchaseCost']);
  const plan = sandboxPlans.get(planCode) ?? null;
  const before = (key: string) => typeof request[key] === 'string' && request[key] < firstDay;
  const country = String(request['CountryCode']);
  const rules: readonly [code: string, applies: boolean][] = [
    ['INVALID_REQUEST_PARAMS', cost <= 0],
    ['INVALID_DEVICE_UNIQUE_IDENTIFIER', device.endsWith('0000')],
    ['UNSUPPORTED_APP', planCode === 'PARTNERONLY01'],
    ['UNSUPPORTED_PLAN_PRICE', plan === null],
    ['UNSUPPORTED_COUNTRY', plan?.countries?.includes(country) === false],
    ['UNSUPPORTED_DEVICE', String(request['BrandCode']).toUpperCase() === 'NOBRAND'],
    ['UNSUPPORTED_PRODUCT_PURCHASE_COST', plan !== null && cost > plan.maxDeviceCost],
    ['UNSUPPORTED_DEVICE_DATE_OF_PURCHASE', before('DeviceDateOfPurchase')],
    ['UNSUPPORTED_LAST_REPAIR_DATE', before('LastRepairDate')],
    ['ALREADY_REGISTERED_AGAINST_POLICY', registered(device, planCode)],
  ];
  return { code: rules.find(([, applies]) => applies)?.[0] ?? 'ELIGIBLE_FOR_PLAN', plan };
}
