import type { Operation } from '../port.ts';
import { orderOperations } from './operations-order.ts';
import { settingOperations } from './operations-settings.ts';
import { workOperations } from './operations-work.ts';

/** The operations of service orders by id, with the paths that the documents' words suggest. */
export const serviceOrderOperations: ReadonlyMap<string, Operation> = new Map(
  [...orderOperations, ...workOperations, ...settingOperations].map((operation) => [operation.id, operation]),
);
