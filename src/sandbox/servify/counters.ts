/** What else the simulator knows: trade-ins, diagnoses, users, consumers, wallets, vouchers. Ids that end in 0000 are not known. */
import { isObject, type JsonObject } from '../../base/json.ts';
import type { Tally } from '../tally.ts';
import { badRequest, isUnknown, type Outcome, type Run, success, textAt } from './outcome.ts';

/** What a store's wallet holds until it has paid for something. */
const openingBalance = 10_000;

export class Counters {
  /** Sold, as `VoucherReferenceID VoucherCode`. */
  readonly vouchers = new Set<string>();
  readonly #balances = new Map<string, number>();
  readonly #unlinked = new Set<string>();
  readonly #cancelled = new Set<string>();
  readonly #effects: Tally;

  constructor(effects: Tally) {
    this.#effects = effects;
  }

  readonly operations: Readonly<Record<string, Run>> = {
    'TradeIn/cancelTradeInRequest': (request) => this.#cancelTradeIn(textAt(request, 'tradeInReferenceID')),
    'TradeIn/getTradeInRequestDetails': (request) => this.#tradeIn(textAt(request, 'tradeInReferenceID')),
    'TradeIn/storeShipmentDetails': (request) => {
      const id = textAt(request, 'tradeInReferenceID');
      if (isUnknown(id)) return badRequest('the trade-in is not known');
      this.#effects.add(`TradeIn/storeShipmentDetails ${id}`);
      return success({});
    },
    'Diagnosis/fakeCheck': (request) => fakeCheck(request),
    'Diagnosis/fetchDiagnosisResult': (request) =>
      isUnknown(textAt(request, 'ProductUniqueID'))
        ? badRequest('the device was not diagnosed')
        : success({ DiagnosisResultStatus: 'Passed', app: 'SAMSUNG' }, 'Diagnosis result fetched'),
    // The one failure that the reference shows with status 200.
    'User/getAuthenticatedURL': (request) =>
      isUnknown(textAt(request, 'username'))
        ? { ok: false, errorCode: 'SM.WTR.001', message: 'No Client user mapping found', status: 200 }
        : success({ url: 'https://portal.example/?t=1', accessToken: 't-1', params: null }, 'URL generated'),
    'Consumer/getExternalConsumer': (request) => consumer(textAt(request, 'OpenID')),
    'Wallet/checkAccountBalance': (request) => this.#balance(request),
    'Wallet/unlinkPaymentAccount': (request) => this.#unlink(request),
    'Wallet/checkWalletBalanceAndDebitAmount': (request) => this.#debit(request),
    'Voucher/captureVoucherSales': (request) => this.#sell(request),
  };

  clear(): void {
    this.vouchers.clear();
    this.#balances.clear();
    this.#unlinked.clear();
    this.#cancelled.clear();
  }

  #cancelTradeIn(id: string): Outcome {
    if (isUnknown(id)) return badRequest('the trade-in is not known');
    if (this.#cancelled.has(id)) return badRequest('the trade-in is cancelled already');
    this.#cancelled.add(id);
    this.#effects.add(`TradeIn/cancelTradeInRequest ${id}`);
    return success({});
  }

  #tradeIn(id: string): Outcome {
    if (isUnknown(id)) return badRequest('the trade-in is not known');
    const tradeInStatus = this.#cancelled.has(id) ? 'Cancelled' : 'Completed';
    return success({ tradeInReferenceID: id, retailerAmount: 5900, currencyCode: 'INR', tradeInStatus });
  }

  #balance(request: JsonObject): Outcome {
    const account = accountOf(request);
    if (account === null) return badRequest('the store is not known');
    if (this.#unlinked.has(account))
      return success(
        { AccountStatus: 'NOT_LINKED', RedirectUrl: 'https://payment.example/login' },
        'You need to link your wallet',
      );
    const enough = this.#of(account) >= Number(request['TotalAmount']);
    return success({ AccountStatus: enough ? 'SUFFICIENT_BALANCE' : 'INSUFFICIENT_BALANCE' });
  }

  #unlink(request: JsonObject): Outcome {
    const account = accountOf(request);
    if (account === null) return badRequest('the store is not known');
    if (this.#unlinked.has(account)) return success({ AccountLinkStatus: 'ACCOUNT_NOT_FOUND' });
    this.#unlinked.add(account);
    this.#effects.add(`Wallet/unlinkPaymentAccount ${textAt(request, 'StoreCode')}`);
    return success({ AccountLinkStatus: 'ACCOUNT_UNLINKED' });
  }

  #debit(request: JsonObject): Outcome {
    const account = accountOf(request);
    const list = request['ContractArray'];
    if (account === null || this.#unlinked.has(account)) return badRequest('there is no wallet');
    const total = (Array.isArray(list) ? list : []).reduce(
      (sum: number, one) => sum + Number(isObject(one) ? one['ContractPrice'] : 0),
      0,
    );
    // The answer to a balance that is too low is not described.
    if (total > this.#of(account)) return badRequest('the balance is too low');
    this.#balances.set(account, this.#of(account) - total);
    const times = this.#effects.add(
      `Wallet/checkWalletBalanceAndDebitAmount ${textAt(request, 'StoreCode')}`,
    );
    return success({ PaymentID: `PAY${times}` });
  }

  readonly #of = (account: string): number => this.#balances.get(account) ?? openingBalance;

  /** A card that was sold before is not recorded again; the answer gives no reason. */
  #sell(request: JsonObject): Outcome {
    const list = request['VoucherArray'];
    const rows = (Array.isArray(list) ? list : []).filter((row) => isObject(row));
    const created: JsonObject[] = [];
    const failed: JsonObject[] = [];
    for (const row of rows) {
      const name = `${textAt(row, 'VoucherReferenceID')} ${textAt(row, 'VoucherCode')}`;
      if (isUnknown(name) || this.vouchers.has(name)) {
        failed.push(row);
        continue;
      }
      this.vouchers.add(name);
      this.#effects.add(`Voucher/captureVoucherSales ${name}`);
      const { VoucherCode = '', VoucherReferenceID = '' } = row;
      created.push({ VoucherCode, VoucherReferenceID });
    }
    return success({ VoucherResult: { createdCodes: created, failedCodes: failed } }, 'Data created');
  }
}

const accountOf = (request: JsonObject): string | null => {
  const store = textAt(request, 'StoreCode');
  return isUnknown(store) ? null : `${store} ${textAt(request, 'WalletProvider')}`;
};

function fakeCheck({
  CheckType: type,
  CustomerDeclaredDetails: declared,
  IsRooted: rooted,
}: JsonObject): Outcome {
  const details = isObject(declared) ? declared : {};
  const lacks = (name: string): boolean => details[name] === undefined;
  if (type !== 'ICloud' && lacks('Model')) return badRequest('CustomerDeclaredDetails.Model is missing');
  if (type !== 'FakePhone' && lacks('IMEI')) return badRequest('CustomerDeclaredDetails.IMEI is missing');
  if (isUnknown(textAt(details, 'IMEI'))) return badRequest('the IMEI is not known');
  return success({
    ...(type === 'ICloud' ? {} : { ValidateResult: rooted !== true }),
    ...(type === 'FakePhone' ? {} : { ICloudLock: false }),
  });
}

function consumer(openId: string): Outcome {
  if (isUnknown(openId)) return success({ IsLinked: false });
  const details = { CustomerReferenceID: 'ZJ1ERVPUGH', Name: 'Ada', PhoneCode: '91', CountryCode: '+91' };
  return success({ IsLinked: true, ConsumerDetails: details });
}
