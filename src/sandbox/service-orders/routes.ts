/** The simulator's own reading of the 32 calls, kept apart from the connector's. */
import type { Route } from '../routes.ts';

/** What the calls are about. */
export type Kind =
  | 'orders'
  | 'items'
  | 'events'
  | 'hours'
  | 'notifications'
  | 'sales-orders'
  | 'service-types'
  | 'service-statuses'
  | 'hourly-rates';

export type Deed = 'list' | 'get' | 'create' | 'update' | 'delete' | 'search' | 'report' | 'public';

export interface Call extends Route {
  kind: Kind;
  deed: Deed;
}

const tenant = '/tenants/{tenant}';
const store = `${tenant}/stores/{store}/service-orders`;
const order = `${store}/{serviceOrder}`;

const methods: Record<Deed, string> = {
  list: 'GET',
  get: 'GET',
  public: 'GET',
  report: 'GET',
  create: 'POST',
  search: 'POST',
  update: 'PUT',
  delete: 'DELETE',
};

const call = (group: string, deed: Deed, kind: Kind, template: string, name: string = deed): Call => ({
  operation: `${group}/${name}`,
  method: methods[deed],
  template,
  kind,
  deed,
});

/** `search` and `public` stand before what would take them for the id of an order. */
export const calls: readonly Call[] = [
  call('ServiceOrder', 'search', 'orders', `${store}/search`),
  call('ServiceOrder', 'public', 'orders', `${store}/public/{id}`, 'getByPublicHash'),
  call('ServiceOrder', 'list', 'orders', store),
  call('ServiceOrder', 'create', 'orders', store),
  call('ServiceOrder', 'get', 'orders', `${store}/{id}`),
  call('ServiceOrder', 'update', 'orders', `${store}/{id}`),
  call('ServiceOrder', 'delete', 'orders', `${store}/{id}`),
  call('ServiceOrder', 'report', 'orders', `${store}/{id}/report`),
  call('ServiceOrderItem', 'create', 'items', `${order}/items`),
  call('ServiceOrderItem', 'update', 'items', `${order}/items/{id}`),
  call('ServiceOrderItem', 'delete', 'items', `${order}/items/{id}`),
  call('ServiceOrderEvent', 'list', 'events', `${order}/events`),
  call('ServiceOrderEvent', 'create', 'events', `${order}/events`),
  call('ServiceOrderEvent', 'get', 'events', `${order}/events/{id}`),
  call('ServiceOrderEvent', 'update', 'events', `${order}/events/{id}`),
  call('ServiceOrderEvent', 'delete', 'events', `${order}/events/{id}`),
  call('ServiceOrderHours', 'list', 'hours', `${order}/hours`),
  call('ServiceOrderHours', 'create', 'hours', `${order}/hours`),
  call('ServiceOrderHours', 'get', 'hours', `${order}/hours/{id}`),
  call('ServiceOrderHours', 'update', 'hours', `${order}/hours/{id}`),
  call('ServiceOrderHours', 'delete', 'hours', `${order}/hours/{id}`),
  call('ServiceOrderNotification', 'list', 'notifications', `${order}/notifications`),
  call('ServiceOrderSalesOrder', 'list', 'sales-orders', `${order}/sales-orders`),
  call('ServiceOrderSalesOrder', 'create', 'sales-orders', `${order}/sales-orders`),
  call('ServiceType', 'list', 'service-types', `${tenant}/service-types`),
  call('ServiceType', 'update', 'service-types', `${tenant}/service-types/{id}`),
  call('ServiceStatus', 'list', 'service-statuses', `${tenant}/service-statuses`),
  call('ServiceStatus', 'create', 'service-statuses', `${tenant}/service-statuses`),
  call('ServiceStatus', 'update', 'service-statuses', `${tenant}/service-statuses/{id}`),
  call('HourlyRate', 'list', 'hourly-rates', `${tenant}/hourly-rates`),
  call('HourlyRate', 'create', 'hourly-rates', `${tenant}/hourly-rates`),
  call('HourlyRate', 'update', 'hourly-rates', `${tenant}/hourly-rates/{id}`),
];

/** Lists that the documents give no order for. */
export const unsorted: ReadonlySet<Kind> = new Set(['sales-orders', 'hourly-rates']);
