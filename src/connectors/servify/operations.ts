import type { ServifyOperation } from './operation.ts';
import { queueContract, queueRenewal, queueTransaction } from './operations-async.ts';
import {
  createClaimRequest,
  raiseClaimRequest,
  updateClaimExpenditure,
  updateClaimRequestStatus,
  updateClaimStatus,
} from './operations-claim.ts';
import { getExternalConsumer } from './operations-consumer.ts';
import { fakeCheck, fetchDiagnosisResult } from './operations-diagnosis.ts';
import { updateLogisticsStatus } from './operations-logistics.ts';
import {
  checkEligibility,
  getContractDetailsbyIMEI,
  getContractInfo,
  getContractList,
  getOrderActivationDetails,
} from './operations-read.ts';
import {
  cancelContract,
  createContract,
  createTransaction,
  reactivate,
  renewContract,
} from './operations-sale.ts';
import {
  createServiceRequest,
  fetchRequestSlots,
  fetchSlots,
  getBrandList,
  getClaimDetails,
  getClaimList,
  getIssueList,
  getProductList,
} from './operations-service.ts';
import {
  cancelTradeInRequest,
  getTradeInRequestDetails,
  storeShipmentDetails,
} from './operations-tradein.ts';
import { updateContract, updateOrderDetails } from './operations-update.ts';
import { getAuthenticatedURL } from './operations-user.ts';
import { captureVoucherSales } from './operations-voucher.ts';
import { checkAccountBalance, debitWallet, unlinkPaymentAccount } from './operations-wallet.ts';

/** The operations of Servify by id; the id is also the path below the base address. */
export const servifyOperations: ReadonlyMap<string, ServifyOperation> = new Map(
  [
    createContract,
    renewContract,
    cancelContract,
    reactivate,
    createTransaction,
    updateContract,
    updateOrderDetails,
    checkEligibility,
    getContractInfo,
    getContractList,
    getContractDetailsbyIMEI,
    getOrderActivationDetails,
    cancelTradeInRequest,
    getTradeInRequestDetails,
    storeShipmentDetails,
    fakeCheck,
    fetchDiagnosisResult,
    fetchSlots,
    createServiceRequest,
    getClaimDetails,
    getClaimList,
    updateClaimStatus,
    updateClaimExpenditure,
    getBrandList,
    getProductList,
    getIssueList,
    fetchRequestSlots,
    createClaimRequest,
    raiseClaimRequest,
    updateClaimRequestStatus,
    updateLogisticsStatus,
    getAuthenticatedURL,
    getExternalConsumer,
    checkAccountBalance,
    unlinkPaymentAccount,
    debitWallet,
    captureVoucherSales,
    queueContract,
    queueRenewal,
    queueTransaction,
  ].map((operation) => [operation.id, operation]),
);
