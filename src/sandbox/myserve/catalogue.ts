/** What the simulator lists without anybody having put it there. */
import type { JsonObject } from '../../base/json.ts';

export const catalogue: Readonly<Record<string, readonly JsonObject[]>> = {
  'HardwareOrdering/accessories': [
    {
      id: 111,
      name: 'Headset',
      cost: '123.00',
      category: 'Audio',
      product_ids: [3956],
      device_model_ids: [1],
      carriers: ['Bell'],
    },
    {
      id: 112,
      name: 'Case',
      cost: '20.00',
      category: 'Protection',
      product_ids: [3957],
      device_model_ids: [2],
      carriers: ['Telus'],
    },
  ],
  'HardwareOrdering/products': [
    {
      id: 3956,
      name: 'iPhone',
      device_terms: [{ name: 'no term', price: '999.00', description: 'no term - $999.00' }],
      colors: ['white', 'black'],
      device_model_id: 1,
      device_make: 'iPhone',
      carriers: ['Bell'],
    },
    {
      id: 3957,
      name: 'Galaxy',
      device_terms: [{ name: '3 year term', price: '0.00', description: '3 year term - $0.00' }],
      colors: ['black'],
      device_model_id: 2,
      device_make: 'Galaxy',
      carriers: ['Telus'],
    },
  ],
  'HardwareOrdering/cities': [{ id: 111, name: 'Toronto', province_name: 'Ontario' }],
  'InMonthDataUsage/businessAccounts': [
    {
      account_number: '123456',
      billing_account_data_pool_id: 1,
      log_date: '2026-01-05',
      pool_size: 1024,
      pool_usage: 512,
    },
  ],
};
