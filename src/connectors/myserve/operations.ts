import type { MyserveOperation } from './operation.ts';
import { listOperations } from './operations-list.ts';
import { orderOperations } from './operations-order.ts';
import { requestOperations } from './operations-request.ts';
import { synchronizeOperations } from './operations-synchronize.ts';
import { transferOperations } from './operations-transfer.ts';

/** The operations of MyServe by id. */
export const myserveOperations: ReadonlyMap<string, MyserveOperation> = new Map(
  [
    ...listOperations,
    ...synchronizeOperations,
    ...requestOperations,
    ...orderOperations,
    ...transferOperations,
  ].map((operation) => [operation.id, operation]),
);
