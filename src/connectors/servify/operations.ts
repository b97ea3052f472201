import type { ServifyOperation } from './operation.ts';
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
import { updateContract, updateOrderDetails } from './operations-update.ts';

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
  ].map((operation) => [operation.id, operation]),
);
