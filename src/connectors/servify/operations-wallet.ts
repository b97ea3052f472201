/** The wallet that a store pays from. Nothing is starred; what names the store, and the sum, is demanded. */
import { z } from 'zod';
import { text, textOrNumber } from '../fields.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';

const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters');

const checkAccountBalance = servifyCall({
  id: 'Wallet/checkAccountBalance',
  kind: 'read',
  purpose: "Ask whether a store's wallet covers an amount",
  request: z.strictObject({
    StoreCode: text,
    WalletProvider: text,
    CurrencyCode: currency.optional(),
    TotalAmount: z.number(),
  }),
  // A wallet that is not linked is a normal answer, with the address where it can be.
  response: answerOf(
    z.looseObject({ AccountStatus: z.enum(['NOT_LINKED', 'SUFFICIENT_BALANCE', 'INSUFFICIENT_BALANCE']) }),
  ),
  repeat: { mode: 'safe' },
  reference: () => null,
});

const unlinkPaymentAccount = servifyCall({
  id: 'Wallet/unlinkPaymentAccount',
  kind: 'write',
  purpose: "Unlink a store's wallet",
  request: z.strictObject({ StoreCode: text, WalletProvider: text }),
  // A wallet that was not linked is as good as one that is no longer.
  response: answerOf(z.looseObject({ AccountLinkStatus: z.enum(['ACCOUNT_NOT_FOUND', 'ACCOUNT_UNLINKED']) })),
  repeat: { mode: 'safe' },
  reference: () => null,
});

const debitWallet = servifyCall({
  id: 'Wallet/checkWalletBalanceAndDebitAmount',
  kind: 'write',
  purpose: "Pay for contracts from a store's wallet, when it covers them",
  request: z.strictObject({
    StoreCode: text,
    WalletProvider: text,
    CurrencyCode: currency,
    // The price is called a text and shown as a number.
    ContractArray: z.array(z.strictObject({ ContractCode: text, ContractPrice: textOrNumber })).min(1),
  }),
  response: answerOf(z.looseObject({ PaymentID: text })),
  repeat: {
    mode: 'never',
    because: 'it moves money, has no key against a second time, and no read returns payments',
  },
  // A store may rightly pay for the same plans again.
  reference: () => null,
});

export const walletOperations: readonly ServifyOperation[] = [
  checkAccountBalance,
  unlinkPaymentAccount,
  debitWallet,
];
