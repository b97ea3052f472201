/** Every eligibility code of the reference, in words that a partner can act on. */
export const eligibilityCodes: ReadonlyMap<string, string> = new Map([
  ['ELIGIBLE_FOR_PLAN', 'The device can be covered by this plan'],
  ['ALREADY_REGISTERED_AGAINST_POLICY', 'The device is already covered by this plan'],
  ['UNSUPPORTED_DEVICE_DATE_OF_PURCHASE', 'The device was bought too long ago for this plan'],
  ['UNSUPPORTED_DEVICE', 'The plan does not cover this model'],
  ['UNSUPPORTED_PRODUCT_PURCHASE_COST', 'The plan does not cover this model at this purchase price'],
  ['INVALID_REQUEST_PARAMS', 'Something needed to check the device is missing or wrong'],
  ['UNSUPPORTED_LAST_REPAIR_DATE', 'The device was last repaired too long ago for this plan'],
  ['UNSUPPORTED_COUNTRY', 'The plan is not sold in this country'],
  ['INVALID_DEVICE_UNIQUE_IDENTIFIER', 'The IMEI or serial number does not seem to be a real one'],
  ['UNSUPPORTED_APP', 'We are not allowed to sell this plan'],
  ['UNSUPPORTED_PLAN_PRICE', 'There is no price of this plan for this device'],
]);
