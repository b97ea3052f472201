import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { CallResult } from '../../src/connectors/port.ts';
import { judgeLookup, judgeRenewal, lookupByReference } from '../../src/connectors/servify/lookup.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import { newContract } from './servify-fixture.ts';

const fits = (id: string, request: JsonObject): boolean =>
  servifyOperations.get(id)?.request.safeParse(request).success === true;

describe('requests', () => {
  it('take the examples of the reference', () => {
    expect(fits('Contract/createContract', newContract())).toBe(true);
    expect(
      fits('Contract/getContractList', {
        StartDate: '2020-03-01',
        EndDate: '2020-06-15',
        limitFilter: 5,
        Pagination: { CurrentPage: 1 },
      }),
    ).toBe(true);
    expect(
      fits('Contract/getOrderActivationDetails', { OrderID: '4', OrderItems: [{ OrderItemID: '1' }] }),
    ).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['a day that does not exist', { DateOfPurchase: '2026-02-30' }],
    ['a date in another order', { DateOfPurchase: '21-02-2026' }],
    ['a price as a text', { PlanPrice: '3000' }],
    ['an empty name', { CustomerName: '' }],
    ['a currency in small letters', { CurrencyCode: 'inr' }],
    ['an unknown field of the address', { CustomerAddress: { Street: 'x' } }],
  ])('refuse %s', (_name, fields) => {
    expect(fits('Contract/createContract', newContract(fields))).toBe(false);
  });

  it('refuse a payment on a day or at an hour that does not exist', () => {
    const payment = {
      ExternalReferenceID: 'A',
      TransactionType: 'SUCCESS',
      ExternalPaymentID: 'P',
      Amount: 1,
      CurrencyCode: 'USD',
    };
    expect(fits('Contract/createTransaction', { ...payment, PaymentDate: '2022-04-30 18:13:22' })).toBe(true);
    expect(fits('Contract/createTransaction', { ...payment, PaymentDate: '2022-04-31 18:13:22' })).toBe(
      false,
    );
    expect(fits('Contract/createTransaction', { ...payment, PaymentDate: '2022-04-30 24:13:22' })).toBe(
      false,
    );
  });

  it('want one of two ids where either would do', () => {
    const cancellation = { ReasonCode: 'R', CancellationInitiationDate: '2026-01-01' };
    expect(fits('Contract/cancelContract', cancellation)).toBe(false);
    expect(fits('Contract/cancelContract', { ...cancellation, SoldPlanCode: 'S' })).toBe(true);
    expect(fits('Contract/getContractInfo', {})).toBe(false);
    const order = { OrderID: 'O', Contract: {} };
    expect(fits('Contract/updateOrderDetails', { ...order, Consumer: {} })).toBe(false);
    expect(fits('Contract/updateOrderDetails', { ...order, Consumer: { MobileNo: 9 } })).toBe(true);
  });
});

describe('references', () => {
  it.each<[string, JsonObject, string | null]>([
    ['Contract/createContract', { ExternalReferenceID: 'A' }, 'A'],
    ['Contract/renewContract', { ExternalReferenceID: 'NEW', AssociatedSoldPlanCode: 'S' }, 'NEW'],
    ['Contract/createTransaction', { ExternalReferenceID: 'A', ExternalPaymentID: 'P' }, 'P'],
    [
      'Contract/cancelContract',
      { ExternalReferenceID: 'A', SoldPlanCode: 'S', CancellationInitiationDate: 'D' },
      'A D',
    ],
    ['Contract/cancelContract', { SoldPlanCode: 'S', CancellationInitiationDate: 'D' }, 'S D'],
    ['Contract/updateContract', { ExternalReferenceID: 'A' }, null],
    ['Contract/reactivate', { ExternalReferenceID: 'A' }, null],
  ])('%s of %j is %s', (id, request, reference) => {
    expect(servifyOperations.get(id)?.reference(request)).toBe(reference);
  });
});

describe('a look-up', () => {
  const sent = { ExternalReferenceID: 'A' };
  const found = (over: Partial<CallResult>): CallResult => ({
    accepted: true,
    status: 200,
    code: '',
    message: '',
    ticket: null,
    answer: {},
    ...over,
  });

  it('asks for the id that was sent', () => {
    if (lookupByReference.mode !== 'lookup') throw new Error('not a look-up');
    expect(lookupByReference.request({ ...sent, CustomerName: 'x' })).toEqual(sent);
  });

  it.each<[string, Partial<CallResult>]>([
    ['an empty payload', {}],
    ['a bad request', { accepted: false, code: 'DATA.BAD_REQUEST.400' }],
  ])('takes %s for absent', (_name, over) => {
    expect(judgeLookup(found(over), sent)).toEqual({ kind: 'absent' });
  });

  it('gives the answer that was lost', () => {
    const answer = { Contract: { ContractID: 'A', SoldPlanCode: 'S' } };
    expect(judgeLookup(found({ answer }), sent)).toEqual({ kind: 'happened', answer: { SoldPlanCode: 'S' } });
  });

  it.each<[string, Partial<CallResult>]>([
    ['another refusal', { accepted: false, code: 'OTHER' }],
    ['another contract', { answer: { Contract: { ContractID: 'B', SoldPlanCode: 'S' } } }],
    ['a contract without a code', { answer: { Contract: { ContractID: 'A' } } }],
    ['a payload without a contract', { answer: { Customer: {} } }],
    ['a list', { answer: [] }],
  ])('finds %s unclear', (_name, over) => {
    expect(judgeLookup(found(over), sent).kind).toBe('unclear');
  });
});

describe('a look-up after a lost renewal', () => {
  const sent = { ExternalReferenceID: 'A', AssociatedSoldPlanCode: 'OLD' };
  const found = (soldPlanCode: string): CallResult => ({
    accepted: true,
    status: 200,
    code: '',
    message: '',
    ticket: null,
    answer: { Contract: { ContractID: 'A', SoldPlanCode: soldPlanCode } },
  });
  const unknown = { ...found(''), accepted: false, code: 'DATA.BAD_REQUEST.400' };

  it('is what the operation is looked up by', () => {
    expect(servifyOperations.get('Contract/renewContract')?.repeat).toMatchObject({ judge: judgeRenewal });
  });

  it('takes a code that was not there before for the renewal', () => {
    expect(judgeRenewal(found('NEW'), sent)).toEqual({ kind: 'happened', answer: { SoldPlanCode: 'NEW' } });
  });

  it.each<[string, CallResult, JsonObject]>([
    ['the renewed contract', found('OLD'), sent],
    ['a renewal that the other side had begun', found('BEGUN'), { ...sent, SoldPlanCode: 'BEGUN' }],
    [
      'nothing under the id of the renewed contract',
      unknown,
      { ...sent, AssociatedExternalReferenceID: 'A' },
    ],
  ])('finds %s unclear: it was there, or should have been, before the call', (_name, seen, request) => {
    expect(judgeRenewal(seen, request).kind).toBe('unclear');
  });

  it('takes an id of its own that is not known for absent', () => {
    const request = { ...sent, AssociatedExternalReferenceID: 'B' };
    expect(judgeRenewal(unknown, request)).toEqual({ kind: 'absent' });
  });
});
