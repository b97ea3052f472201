/** How a lost `createContract` or `renewContract` is found out: both store the partner's own id, which `getContractInfo` takes. */
import { isObject, type JsonObject } from '../../base/json.ts';
import type { CallResult, LookupVerdict, Repeat } from '../port.ts';

/**
 * What `getContractInfo` answers for an id it does not know. The reference does not say; this is the only documented code that can mean it, since
 * the request itself is known to be proper. To be confirmed with Servify for each environment.
 */
export const unknownContractCode = 'DATA.BAD_REQUEST.400';

const askByReference = {
  mode: 'lookup',
  operation: 'Contract/getContractInfo',
  request: (sent: JsonObject) => ({ ExternalReferenceID: sent['ExternalReferenceID'] ?? null }),
} as const;

export const lookupByReference: Repeat = { ...askByReference, judge: judgeLookup };

export const lookupRenewal: Repeat = { ...askByReference, judge: judgeRenewal };

/** Pure. Absent only when the answer says so; whatever contradicts itself is unclear. */
export function judgeLookup(found: CallResult, sent: JsonObject): LookupVerdict {
  if (!found.accepted) {
    if (found.code === unknownContractCode) return { kind: 'absent' };
    return {
      kind: 'unclear',
      why: `the look-up was answered with ${found.code || `status ${found.status}`}`,
    };
  }
  if (!isObject(found.answer)) return { kind: 'unclear', why: 'the look-up was answered without a payload' };
  if (Object.keys(found.answer).length === 0) return { kind: 'absent' };
  const contract = found.answer['Contract'];
  if (!isObject(contract)) return { kind: 'unclear', why: 'the look-up was answered without a contract' };
  if (contract['ContractID'] !== sent['ExternalReferenceID']) {
    return { kind: 'unclear', why: 'the look-up was answered with another contract' };
  }
  const soldPlanCode = contract['SoldPlanCode'];
  if (typeof soldPlanCode !== 'string' || soldPlanCode === '') {
    return { kind: 'unclear', why: 'the contract that was found has no SoldPlanCode' };
  }
  return { kind: 'happened', answer: { SoldPlanCode: soldPlanCode } };
}

/**
 * Pure. A renewal may keep the id of the contract that it renews, so that the look-up can find the old one: only a code that was not known before the
 * call proves the renewal, and finding the old one does not disprove it.
 */
export function judgeRenewal(found: CallResult, sent: JsonObject): LookupVerdict {
  const verdict = judgeLookup(found, sent);
  if (verdict.kind === 'absent' && sent['AssociatedExternalReferenceID'] === sent['ExternalReferenceID'])
    return { kind: 'unclear', why: 'not even the contract to be renewed was found' };
  if (verdict.kind !== 'happened' || !isObject(verdict.answer)) return verdict;
  const code = verdict.answer['SoldPlanCode'];
  if (code === sent['AssociatedSoldPlanCode'] || code === sent['SoldPlanCode'])
    return { kind: 'unclear', why: 'the contract that was found had its SoldPlanCode before the renewal' };
  return verdict;
}
