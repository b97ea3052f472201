/** How a lost claim, or a lost change of its status, is found out: `getClaimDetails` takes both ids and tells the status. Pure. */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { textAt } from '../fields.ts';
import type { CallResult, LookupVerdict, Repeat } from '../port.ts';
import { unknownContractCode } from './lookup.ts';

const operation = 'ServiceRequest/getClaimDetails';

export const lookupClaim: Repeat = {
  mode: 'lookup',
  operation,
  request: (sent) => ({ ExternalReferenceID: sent['externalReferenceID'] ?? null }),
  judge: judgeClaim,
};

function judgeClaim(found: CallResult, sent: JsonObject): LookupVerdict {
  const { claim, verdict } = claimIn(found);
  if (claim === null) return verdict;
  if (claim['ExternalReferenceID'] !== sent['externalReferenceID'])
    return { kind: 'unclear', why: 'the look-up was answered with another claim' };
  const answer = {
    referenceID: claim['ReferenceID'] ?? '',
    statusCode: claim['StatusCode'] ?? '',
    status: claim['Status'] ?? '',
    externalReferenceID: claim['ExternalReferenceID'] ?? '',
  };
  return { kind: 'happened', answer };
}

/** Fields of the lost request. */
interface StatusFields {
  id: string;
  ownId?: string;
  status: string;
}

export const lookupClaimStatus = ({ id, ownId, status }: StatusFields): Repeat => ({
  mode: 'lookup',
  operation,
  request: (sent) => {
    const theirs = textAt(sent, id);
    if (theirs !== null) return { ReferenceID: theirs };
    return { ExternalReferenceID: (ownId === undefined ? null : textAt(sent, ownId)) ?? '' };
  },
  judge: (found, sent) => judgeStatus(found, sent[status], sent['Charges']),
});

/** A status that the claim had before, but has no longer, proves nothing: it may have been set twice, or not. */
function judgeStatus(found: CallResult, wanted: Json | undefined, charges: Json | undefined): LookupVerdict {
  const { claim, verdict } = claimIn(found);
  if (claim === null)
    return verdict.kind === 'absent' ? { kind: 'unclear', why: 'the claim was not found' } : verdict;
  if (claim['StatusCode'] === wanted) {
    if (!hasCharges(claim['Charges'], charges))
      return { kind: 'unclear', why: 'the claim has the status, but not the charges' };
    const { ReferenceID = '', ExternalReferenceID = null, StatusCode = '', Status = '' } = claim;
    return { kind: 'happened', answer: { ReferenceID, ExternalReferenceID, StatusCode, Status } };
  }
  const before = objects(claim['Logs']).some((entry) => entry['StatusCode'] === wanted);
  return before ? { kind: 'unclear', why: 'the claim had the status at some time' } : { kind: 'absent' };
}

type Found = { claim: JsonObject; verdict: null } | { claim: null; verdict: LookupVerdict };

function claimIn({ accepted, answer, code, status }: CallResult): Found {
  if (accepted && isObject(answer)) return { claim: answer, verdict: null };
  if (!accepted && code === unknownContractCode) return { claim: null, verdict: { kind: 'absent' } };
  const why = accepted
    ? 'the look-up was answered without a payload'
    : `the look-up was answered with ${code || `status ${status}`}`;
  return { claim: null, verdict: { kind: 'unclear', why } };
}

const hasCharges = (there: Json | undefined, sent: Json | undefined): boolean =>
  objects(sent).every((charge) =>
    objects(there).some(
      (one) => one['ChargeType'] === charge['ChargeType'] && one['Amount'] === charge['Amount'],
    ),
  );

const objects = (list: Json | undefined): JsonObject[] =>
  Array.isArray(list) ? list.filter((one) => isObject(one)) : [];
