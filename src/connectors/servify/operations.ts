import type { ServifyOperation } from './operation.ts';
import { asyncOperations } from './operations-async.ts';
import { claimOperations } from './operations-claim.ts';
import { consumerOperations } from './operations-consumer.ts';
import { diagnosisOperations } from './operations-diagnosis.ts';
import { logisticsOperations } from './operations-logistics.ts';
import { readOperations } from './operations-read.ts';
import { saleOperations } from './operations-sale.ts';
import { serviceOperations } from './operations-service.ts';
import { tradeinOperations } from './operations-tradein.ts';
import { updateOperations } from './operations-update.ts';
import { userOperations } from './operations-user.ts';
import { voucherOperations } from './operations-voucher.ts';
import { walletOperations } from './operations-wallet.ts';

/** The operations of Servify by id; the id is also the path below the base address. */
export const servifyOperations: ReadonlyMap<string, ServifyOperation> = new Map(
  [
    ...saleOperations,
    ...updateOperations,
    ...readOperations,
    ...tradeinOperations,
    ...diagnosisOperations,
    ...serviceOperations,
    ...claimOperations,
    ...logisticsOperations,
    ...userOperations,
    ...consumerOperations,
    ...walletOperations,
    ...voucherOperations,
    ...asyncOperations,
  ].map((operation) => [operation.id, operation]),
);
