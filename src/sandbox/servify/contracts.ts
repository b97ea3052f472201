/** The simulator's memory: contracts, their payments, and a count of every effect. */
import { isObject, type JsonObject } from '../../base/json.ts';
import { Tally } from '../tally.ts';
import { eligibilityOf } from './eligibility.ts';
import { badRequest, type Outcome, type Run, success, textAt } from './outcome.ts';

export interface SandboxContract {
  soldPlanCode: string;
  externalReferenceId: string;
  planCode: string;
  /** ProductUniqueID. */
  device: string;
  status: 'Active' | 'Cancelled';
  /** The fields of `createContract`, overwritten by updates. */
  details: JsonObject;
  /** SoldPlanCode of the contract that this one renews. */
  renews: string | null;
  transactions: JsonObject[];
}

const dayMs = 86_400_000;
const addDays = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);

export class ContractStore {
  /** By SoldPlanCode. */
  readonly contracts = new Map<string, SandboxContract>();
  /** How often `operation reference` took effect. */
  readonly effects = new Tally();
  readonly #byReference = new Map<string, SandboxContract>();
  readonly #active = new Map<string, number>();
  #made = 0;

  readonly operations: Readonly<Record<string, Run>> = {
    'Contract/createContract': (request) => this.#create(request),
    'Contract/cancelContract': (request) => this.#cancel(request),
    'Contract/renewContract': (request) => this.#renew(request),
    'Contract/reactivate': (request) => this.#reactivate(request),
    'Contract/createTransaction': (request) => this.#pay(request),
    'Contract/updateContract': (request) => this.#update(request),
    'Contract/updateOrderDetails': (request) => this.#updateOrder(request),
    'Contract/checkEligibility': (request) => this.#eligibility(request),
    'Contract/getContractInfo': (request) => this.#info(request),
    'Contract/getContractList': (request) => this.#list(request),
    'Contract/getContractDetailsbyIMEI': (request) => this.#warranties(request),
    'Contract/getOrderActivationDetails': (request) => this.#activation(request),
  };

  reset(): void {
    this.contracts.clear();
    this.effects.clear();
    this.#byReference.clear();
    this.#active.clear();
    this.#made = 0;
  }

  countEffect(operation: string, reference: string): void {
    this.effects.add(`${operation} ${reference}`);
  }

  /** The reference does not say what a second contract under one id gives; here another one, the worst that can happen to a caller. */
  #create(request: JsonObject): Outcome {
    const contract = this.#add(request, null);
    this.countEffect('Contract/createContract', contract.externalReferenceId);
    return success({ SoldPlanCode: contract.soldPlanCode });
  }

  #renew(request: JsonObject): Outcome {
    const old = this.contracts.get(textAt(request, 'AssociatedSoldPlanCode'));
    if (old === undefined) return badRequest('the contract to be renewed is not known');
    const details = { ...old.details, ...request };
    const contract = this.#add(details, old.soldPlanCode);
    this.countEffect('Contract/renewContract', contract.externalReferenceId);
    return success({ SoldPlanCode: contract.soldPlanCode });
  }

  #add(details: JsonObject, renews: string | null): SandboxContract {
    this.#made += 1;
    const contract: SandboxContract = {
      soldPlanCode: `S${this.#made.toString(36).toUpperCase().padStart(7, '0')}`,
      externalReferenceId: textAt(details, 'ExternalReferenceID'),
      planCode: textAt(details, 'PlanCode'),
      device: textAt(details, 'ProductUniqueID'),
      status: 'Active',
      details,
      renews,
      transactions: [],
    };
    this.contracts.set(contract.soldPlanCode, contract);
    this.#byReference.set(contract.externalReferenceId, contract);
    this.#countActive(contract, 1);
    return contract;
  }

  /** The codes other than ELIGIBLE are not listed in the reference: ALREADY_CANCELLED is this simulator's. */
  #cancel(request: JsonObject): Outcome {
    const contract = this.#find(request);
    if (contract === undefined) return badRequest('the contract is not known');
    const start = textAt(request, 'CancellationInitiationDate');
    const dates = {
      CoverageEndDate: addDays(start, 7),
      PlanCancellationDate: start,
      CancellationInitiationDate: start,
    };
    if (contract.status === 'Cancelled') {
      return success(
        { StatusCode: 'ALREADY_CANCELLED', ...dates, isCancellable: false },
        'The contract is cancelled',
      );
    }
    contract.status = 'Cancelled';
    this.#countActive(contract, -1);
    this.countEffect(
      'Contract/cancelContract',
      textAt(request, 'ExternalReferenceID') || textAt(request, 'SoldPlanCode'),
    );
    return success({ StatusCode: 'ELIGIBLE', ...dates, isCancellable: true }, 'Successfully cancelled order');
  }

  #reactivate(request: JsonObject): Outcome {
    const contract = this.#find(request);
    if (contract === undefined) return badRequest('the contract is not known');
    if (contract.status === 'Active') return badRequest('the contract is not cancelled');
    contract.status = 'Active';
    this.#countActive(contract, 1);
    this.countEffect('Contract/reactivate', contract.externalReferenceId);
    return success({ StatusCode: 'REACTIVATION_REQUEST_ACCEPTED' });
  }

  #pay(request: JsonObject): Outcome {
    const contract = this.#find(request);
    if (contract === undefined) return badRequest('the contract is not known');
    contract.transactions.push(request);
    this.countEffect('Contract/createTransaction', textAt(request, 'ExternalPaymentID'));
    return success({});
  }

  #update(request: JsonObject): Outcome {
    const contract = this.#find(request);
    if (contract === undefined) return badRequest('the contract is not known');
    const { Device = {}, Consumer = {}, Contract = {} } = request;
    contract.details = { ...contract.details, Device, Consumer, Contract };
    this.countEffect('Contract/updateContract', contract.externalReferenceId);
    return success({});
  }

  #updateOrder(request: JsonObject): Outcome {
    const orderId = textAt(request, 'OrderID');
    const contracts = this.#ofOrder(orderId);
    if (contracts.length === 0) return badRequest('the order is not known');
    const { Consumer = {}, Contract = {} } = request;
    for (const contract of contracts) contract.details = { ...contract.details, Consumer, Contract };
    this.countEffect('Contract/updateOrderDetails', orderId);
    return success({ EligibilityStatusCode: 'UPDATE_REQUEST_ACCEPTED' });
  }

  #eligibility(request: JsonObject): Outcome {
    const { code, plan } = eligibilityOf(request, (device, planCode) =>
      this.#active.has(`${planCode} ${device}`),
    );
    const eligible = code === 'ELIGIBLE_FOR_PLAN';
    const priced =
      plan === null ? {} : { PlanPrice: plan.price, CurrencyCode: plan.currency, PlanName: plan.name };
    return success({
      IsEligible: eligible,
      EligibilityStatusCode: code,
      PlanCode: textAt(request, 'PlanCode'),
      ...(eligible ? priced : {}),
    });
  }

  #info(request: JsonObject): Outcome {
    const contract = this.#find(request);
    if (contract === undefined) return badRequest('the contract is not known');
    const { details } = contract;
    return success(
      {
        Contract: {
          ContractID: contract.externalReferenceId,
          ContractCode: contract.planCode,
          CoverageStartDate: details['DateOfPurchase'] ?? '',
          StatusText: contract.status,
          SoldPlanCode: contract.soldPlanCode,
        },
        Customer: { Name: details['CustomerName'] ?? '', EmailID: details['EmailID'] ?? '', Active: '1' },
        Device: {
          DateOfPurchase: details['DeviceDateOfPurchase'] ?? '',
          BrandName: details['BrandCode'] ?? '',
        },
      },
      'fetched contract details',
    );
  }

  #list(request: JsonObject): Outcome {
    const from = textAt(request, 'StartDate');
    const to = textAt(request, 'EndDate');
    const size = Math.max(1, Math.trunc(Number(request['limitFilter'] ?? 10)));
    const pagination = request['Pagination'];
    const page = Math.max(
      1,
      Math.trunc(Number((isObject(pagination) ? pagination['CurrentPage'] : null) ?? 1)),
    );
    const sold = [...this.contracts.values()].filter(({ details }) => {
      const day = textAt(details, 'DateOfPurchase');
      return day >= from && day <= to;
    });
    return success({
      ContractList: sold.slice((page - 1) * size, page * size).map((contract) => ({
        StatusText: contract.status,
        ExternalReferenceID: contract.externalReferenceId,
        ContractCode: contract.soldPlanCode,
      })),
      TotalCount: sold.length,
      TotalPages: Math.ceil(sold.length / size),
      ItemsPerPage: size,
    });
  }

  /** As in the reference's example: what is not known is left out, and the order is another. */
  #warranties(request: JsonObject): Outcome {
    const asked = new Set(Array.isArray(request['IMEIs']) ? request['IMEIs'] : []);
    const found = new Map<string, string>();
    for (const { device, details } of this.contracts.values()) {
      const till = addDays(textAt(details, 'DeviceDateOfPurchase'), 365);
      if (asked.has(device) && till > (found.get(device) ?? '')) found.set(device, till);
    }
    const rows = [...found].map(([imei, warrantyTill]) => ({ imei, warrantyTill }));
    return success(
      rows.sort((a, b) => (a.imei < b.imei ? 1 : -1)),
      'Fetched Warranty Details',
    );
  }

  #activation(request: JsonObject): Outcome {
    const orderId = textAt(request, 'OrderID');
    const items = request['OrderItems'];
    const asked = Array.isArray(items)
      ? items.map((item) => (isObject(item) ? item['OrderItemID'] : null))
      : null;
    const contracts = this.#ofOrder(orderId).filter(
      ({ details }) => asked === null || asked.includes(details['OrderItemID'] ?? null),
    );
    if (contracts.length === 0) return badRequest('the order is not known');
    const OrderItems = contracts.map(({ details, soldPlanCode }) => ({
      OrderItemID: textAt(details, 'OrderItemID'),
      OrderItemData: [{ ActivationCode: `A${soldPlanCode}` }],
    }));
    return success({ OrderID: orderId, OrderItems }, 'The order details are successfully fetched');
  }

  /** Both ids, when both are given, must name the same contract. */
  #find(request: JsonObject): SandboxContract | undefined {
    const sold = textAt(request, 'SoldPlanCode');
    const reference = textAt(request, 'ExternalReferenceID');
    if (sold === '') return this.#byReference.get(reference);
    const contract = this.contracts.get(sold);
    return reference === '' || contract?.externalReferenceId === reference ? contract : undefined;
  }

  #ofOrder(orderId: string): SandboxContract[] {
    return [...this.contracts.values()].filter(({ details }) => details['OrderID'] === orderId);
  }

  #countActive(contract: SandboxContract, by: 1 | -1): void {
    const key = `${contract.planCode} ${contract.device}`;
    const count = (this.#active.get(key) ?? 0) + by;
    if (count > 0) this.#active.set(key, count);
    else this.#active.delete(key);
  }
}
