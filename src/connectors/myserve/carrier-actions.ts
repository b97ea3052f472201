/**
 * What can be asked of a carrier when a line leaves the business. The documents mark carriers for each action in a table that has lost its columns: of
 * Bell, Telus, Rogers, SaskTel, MTS, Verizon and AT&T, how many take an action is known, and which ones only where it is all seven. The server decides,
 * since a request does not name the carrier.
 */
const carrierActions = {
  departing_employee_process: { title: 'Departing Employee Process', carriers: 1 },
  cancel: { title: 'Transfer Line', carriers: 6 },
  remove_port_protection: { title: 'Allow Port-Out - Remove Port Protection', carriers: 7 },
  number_and_contract_transfer: { title: 'Number and contract Transfer', carriers: 1 },
  cancel_with_churn: { title: 'Cancel Device with Churn (if Available)', carriers: 1 },
} as const;

type CarrierAction = keyof typeof carrierActions;

export const carrierActionNames = Object.keys(carrierActions) as [CarrierAction, ...CarrierAction[]];
