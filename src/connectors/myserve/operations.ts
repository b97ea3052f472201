import type { MyserveOperation } from './operation.ts';
import {
  listAccessories,
  listBillingLines,
  listCategories,
  listCities,
  listDevices,
  listEmployees,
  listProducts,
  listTickets,
  listWirelines,
  usageByAccount,
  usageByNumber,
  usageOfPools,
} from './operations-list.ts';
import { createOrder, getOrder, listOrders } from './operations-order.ts';
import {
  changeDeviceStatus,
  createSimChange,
  createTicket,
  getSimChange,
  getTicket,
} from './operations-request.ts';
import {
  categoriesStatus,
  devicesStatus,
  employeesStatus,
  synchronizeCategories,
  synchronizeDevices,
  synchronizeEmployees,
  synchronizeWirelines,
  wirelinesStatus,
} from './operations-synchronize.ts';
import { getTransferIn, getTransferOut, transferIn, transferOut } from './operations-transfer.ts';

/** The operations of MyServe by id. */
export const myserveOperations: ReadonlyMap<string, MyserveOperation> = new Map(
  [
    listDevices,
    synchronizeDevices,
    devicesStatus,
    changeDeviceStatus,
    listEmployees,
    synchronizeEmployees,
    employeesStatus,
    listCategories,
    synchronizeCategories,
    categoriesStatus,
    listOrders,
    getOrder,
    createOrder,
    listAccessories,
    listProducts,
    listCities,
    getSimChange,
    createSimChange,
    listTickets,
    getTicket,
    createTicket,
    usageByAccount,
    usageByNumber,
    usageOfPools,
    listWirelines,
    synchronizeWirelines,
    wirelinesStatus,
    listBillingLines,
    transferIn,
    getTransferIn,
    transferOut,
    getTransferOut,
  ].map((operation) => [operation.id, operation]),
);
