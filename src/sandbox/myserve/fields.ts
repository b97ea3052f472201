/** The simulator's own reading of which fields each operation takes. Query parameters come as texts. */
import type { FieldRules } from '../field-rules.ts';

const synchronize = {
  data: 'items',
  sandbox: 'boolean?',
  async: 'boolean?',
} as const;

const job: FieldRules = { fields: { job_id: 'either' } };

export const operationFields: Readonly<Record<string, FieldRules>> = {
  'Devices/list': { fields: { since: 'text?' } },
  'Devices/synchronize': {
    fields: {
      ...synchronize,
      'data[].number': 'text',
      'data[].username': 'text?',
      'data[].email': 'blank?',
      'data[].location': 'blank?',
      'data[].asset_tag': 'blank?',
      'data[].billing_account': 'blank?',
      'data[].employee_location': 'blank?',
      'data[].employee_title': 'blank?',
      'data[].employee_number': 'blank?',
      'data[].upgrade_cost': 'blank?',
      'data[].employment_status': 'blank?',
      'data[].accounting_categories': 'maps?',
      'data[].manager': 'blank?',
      'data[].device_make': 'text?',
      'data[].last_upgraded_date': 'blank?',
      'data[].used_for': 'blank?',
    },
  },
  'Devices/synchronizationStatus': job,
  'Devices/changeStatus': {
    fields: {
      number: 'text',
      new_status: '=cancelled|suspended',
      new_status_details: '=Reduced Rate|Full Rate?',
    },
  },
  'Employees/list': { fields: { page: 'text?', since: 'text?' } },
  'Employees/synchronize': {
    fields: {
      ...synchronize,
      status_callback_url: 'text?',
      'data[].number': 'text',
      'data[].name': 'text?',
      'data[].preferred_name': 'blank?',
      'data[].email': 'blank?',
      'data[].status': '=active|on_leave|long_term|short_term|maternity_leave|temp_layoff|inactive|?',
      'data[].hr_user_id': 'blank?',
      'data[].job_title': 'blank?',
      'data[].department_name': 'blank?',
      'data[].address': 'blank?',
      'data[].hired_date': 'whole?',
      'data[].terminated_date': 'whole?',
      'data[].manager_name': 'blank?',
      'data[].manager_employee_number': 'blank?',
      'data[].accounting_categories': 'maps?',
      'data[].is_manager': 'boolean?',
      'data[].organization': 'blank?',
      'data[].city': 'blank?',
      'data[].country': 'blank?',
      'data[].postalcode': 'blank?',
      'data[].province': 'blank?',
      'data[].employee_type': 'blank?',
    },
  },
  'Employees/synchronizationStatus': job,
  'AccountingCategories/list': { fields: {} },
  'AccountingCategories/synchronize': {
    fields: {
      ...synchronize,
      status_callback_url: 'text?',
      'data[].accounting_type': 'text',
      'data[].name': 'text',
      'data[].description': 'blank?',
      'data[].description_2': 'blank?',
      'data[].description_3': 'blank?',
      'data[].description_4': 'blank?',
      'data[].tax_jurisdiction': 'blank?',
      'data[].additional_status': 'blank?',
      'data[].approval_managers': 'items?',
      'data[].approval_managers[].name': 'text?',
      'data[].approval_managers[].email': 'text?',
    },
  },
  'AccountingCategories/synchronizationStatus': job,
  'Orders/list': { fields: { page: 'text?' } },
  'Orders/get': { fields: { order_uuid: 'uuid', bell_info: '=true|false?' } },
  'Orders/create': {
    fields: {
      carrier_name: 'text',
      dealer_name: 'text',
      requester_emails: 'texts',
      shipping_province: 'text?',
      // By their kind; see below.
      order_items: 'maps',
      dealer_message: 'text?',
      meta: 'anything?',
      shipping: 'object?',
      'shipping.company_name': 'text',
      'shipping.address1': 'text',
      'shipping.address2': 'blank',
      'shipping.bell_api_city_id': 'whole',
      'shipping.postal_code': 'text',
      'shipping.phone_number': 'text',
      'shipping.attention': 'text',
      'shipping.note': 'blank',
      shipping_address: 'text?',
      shipping_attention: 'text?',
      purchase_order_number: 'text?',
      purchase_order_total_cost: 'text?',
    },
    oneOf: [['shipping', 'shipping_address']],
  },
  'HardwareOrdering/accessories': { fields: { product_id: 'text?' } },
  'HardwareOrdering/products': { fields: { carrier: 'text?' } },
  'HardwareOrdering/cities': { fields: {} },
  'SimCardChanges/get': { fields: { id: 'text' } },
  'SimCardChanges/create': { fields: { number: 'text', old_sim: 'text?', new_sim: 'text' } },
  'Tickets/list': { fields: {} },
  'Tickets/get': { fields: { id: 'text' } },
  'Tickets/create': {
    fields: {
      subject: 'text',
      ticket_type: '=helpdesk|procurement?',
      additional_info: 'anything?',
      notify_emails: 'texts',
    },
  },
  'DataUsage/byBusinessAccount': { fields: { business_account: 'text' } },
  'InMonthDataUsage/byNumber': { fields: { number: 'text' } },
  'InMonthDataUsage/businessAccounts': { fields: {} },
  'Wirelines/list': { fields: {} },
  'Wirelines/synchronize': {
    fields: {
      ...synchronize,
      'data[].number': 'text',
      'data[].username': 'text?',
      'data[].status': 'text?',
      'data[].model': 'text?',
      'data[].email': 'blank?',
      'data[].employee_number': 'blank?',
      'data[].contract_expiry_date': 'blank?',
      'data[].description': 'text?',
      'data[].location': 'blank?',
      'data[].used_for': 'text?',
      'data[].service_address': 'text?',
      'data[].warehouse': 'text?',
      'data[].wireline_account': 'text?',
    },
  },
  'Wirelines/synchronizationStatus': job,
  'BillingDataLines/list': {
    fields: { page: 'text?', number: 'text?', business_account: 'text?', cycle_date: 'date?' },
  },
  'TransferOfResponsibility/createIn': {
    fields: {
      phone_number: 'text',
      employee_name: 'text',
      employee_number: 'text?',
      rate_plan_name: 'text?',
      device_make: 'text?',
      business_account_number: 'text',
      send_to_carrier: 'flag',
      request_type: '=person-to-business|business-to-business?',
      sandbox: 'boolean?',
      admin_name: 'text?',
      meta: 'anything?',
    },
    oneOf: [['rate_plan_name', 'device_make']],
  },
  'TransferOfResponsibility/getIn': { fields: { uuid: 'text' } },
  'TransferOfResponsibility/getOut': { fields: { uuid: 'text' } },
};

const leaving: FieldRules['fields'] = {
  phone_number: 'text',
  admin_name: 'text?',
  sandbox: 'boolean?',
  meta: 'anything?',
};

/** By kind; a request without one is of the kind that names a new business, or else of the other. */
export const leavingFields: Readonly<Record<string, FieldRules>> = {
  'business-to-person': {
    fields: {
      ...leaving,
      request_type: '=business-to-person?',
      carrier_action:
        '=departing_employee_process|cancel|remove_port_protection|number_and_contract_transfer|cancel_with_churn',
      confirm_legal_name: 'text',
      date: 'date',
      days_before_suspend: 'whole',
      status: '=preapproved?',
    },
  },
  'business-to-business': {
    fields: {
      ...leaving,
      request_type: '=business-to-business?',
      business_account_number: 'text',
      new_business_name: 'text',
      send_to_carrier: 'flag',
    },
  },
};

const everyItem: FieldRules['fields'] = {
  request_subtype: 'text?',
  employee_number: 'text?',
  employee_email: 'text?',
  accounting_codes: 'items',
  'accounting_codes[].type_name': 'text',
  'accounting_codes[].category_name': 'text',
  'accessories[].id': 'whole',
  'accessories[].quantity': 'whole',
  meta: 'anything?',
};

const deviceItem: FieldRules['fields'] = {
  ...everyItem,
  product_id: 'whole',
  color: 'blank?',
  billing_account_number: 'text',
  device_term: 'object',
  'device_term.name': 'text',
  'device_term.price': 'number',
  accessories: 'items?',
};

/** Of an item of an order, by its `request_type`. */
export const itemFields: Readonly<Record<string, FieldRules>> = {
  replacement: {
    fields: {
      ...deviceItem,
      request_type: '=replacement',
      number: 'text',
      reason: '=eligible_for_upgrade|broken|lost|other',
      custom_reason: 'text?',
      employee_name: 'text?',
      used_for: 'text?',
      hr_locked: 'boolean?',
      directory_push: 'boolean?',
    },
  },
  new: {
    fields: {
      ...deviceItem,
      request_type: '=new',
      employee_name: 'text',
      city: 'text?',
      number: 'text?',
      port_request: 'object?',
      'port_request.authorized_first_name': 'text?',
      'port_request.authorized_last_name': 'text?',
      'port_request.transfer_date': 'date?',
      'port_request.prev_carrier_account': 'text',
      'port_request.prev_carrier_name': 'text?',
    },
  },
  accessory: {
    fields: { ...everyItem, request_type: '=accessory', employee_name: 'text', accessories: 'items' },
  },
};
