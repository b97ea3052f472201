/** The simulator's own reading of where each operation lives. The version may be left out of a path. */
import type { Route } from '../routes.ts';

const paths: Readonly<Record<string, string>> = {
  'Devices/list': 'GET devices',
  'Devices/synchronize': 'POST devices/synchronize',
  'Devices/synchronizationStatus': 'POST devices/synchronization_status',
  'Devices/changeStatus': 'POST devices/change_status',
  'Employees/list': 'GET employees',
  'Employees/synchronize': 'POST employees/synchronize',
  'Employees/synchronizationStatus': 'POST employees/synchronization_status',
  'AccountingCategories/list': 'GET accounting_categories',
  'AccountingCategories/synchronize': 'POST accounting_categories/synchronize',
  'AccountingCategories/synchronizationStatus': 'POST accounting_categories/synchronization_status',
  'Orders/list': 'GET orders',
  'Orders/get': 'GET orders/{order_uuid}',
  'Orders/create': 'POST orders',
  'HardwareOrdering/accessories': 'GET hardware_ordering/accessories',
  'HardwareOrdering/products': 'GET hardware_ordering/products',
  'HardwareOrdering/cities': 'GET hardware_ordering/cities',
  'SimCardChanges/get': 'GET device_requests/sim_card_changes/{id}',
  'SimCardChanges/create': 'POST device_requests/sim_card_changes',
  'Tickets/list': 'GET tickets',
  'Tickets/get': 'GET tickets/{id}',
  'Tickets/create': 'POST tickets',
  'DataUsage/byBusinessAccount': 'GET data_usage/by_business_account',
  'InMonthDataUsage/byNumber': 'GET in_month_data_usage/by_number',
  'InMonthDataUsage/businessAccounts': 'GET in_month_data_usage/business_accounts',
  'Wirelines/list': 'GET wirelines',
  'Wirelines/synchronize': 'POST wirelines/synchronize',
  'Wirelines/synchronizationStatus': 'POST wirelines/synchronization_status',
  'BillingDataLines/list': 'GET billing_data_lines',
  'TransferOfResponsibility/createIn': 'POST device_requests/transfer_of_responsibility/to_business',
  'TransferOfResponsibility/getIn': 'GET device_requests/transfer_of_responsibility/to_business/{uuid}',
  'TransferOfResponsibility/createOut': 'POST device_requests/transfer_of_responsibility/from_business',
  'TransferOfResponsibility/getOut': 'GET device_requests/transfer_of_responsibility/from_business/{uuid}',
};

export const routes: readonly Route[] = Object.entries(paths).flatMap(([operation, line]) => {
  const [method = '', path = ''] = line.split(' ');
  return ['/api/v1/clients', '/api/clients'].map((prefix) => ({
    operation,
    method,
    template: `${prefix}/${path}`,
  }));
});
