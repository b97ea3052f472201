/** The simulator's service requests and claims, which its reference describes in two generations of calls. Ids that end in 0000 are not known. */
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Tally } from '../tally.ts';
import { badRequest, isUnknown, type Outcome, type Run, success, textAt } from './outcome.ts';

export interface SandboxClaim {
  referenceId: string;
  externalReferenceId: string | null;
  waybill: string;
  statusCode: string;
  logisticsStatus: string;
  charges: Json;
  /** Status codes that it has had, newest first. */
  log: string[];
  /** `YYYY-MM-DD`. */
  createdOn: string;
  details: JsonObject;
}

/** Those that the reference shows with their names; others are set as they come. */
const statusNames: Readonly<Record<string, string>> = {
  SC0002: 'Repair completed',
  SC0003: 'Service cancel',
  SC0034: 'Advance collected',
  SC0059: 'In-principle approved',
  SC0060: 'Claim withdrawn',
  SC0061: 'Service accepted',
};
const nameOf = (code: string): string => statusNames[code] ?? code;
const pageSize = 10;

export class ClaimStore {
  /** By ReferenceID. */
  readonly claims = new Map<string, SandboxClaim>();
  readonly #effects: Tally;
  readonly #now: () => number;

  constructor(effects: Tally, now: () => number) {
    this.#effects = effects;
    this.#now = now;
  }

  readonly operations: Readonly<Record<string, Run>> = {
    'ServiceRequest/createServiceRequest': (request) => this.#appoint(request),
    'ServiceRequest/createClaimRequest': (request) => this.#claim('createClaimRequest', 'SC0061', request),
    'ServiceRequest/raiseClaimRequest': (request) => this.#claim('raiseClaimRequest', 'SC0059', request),
    'ServiceRequest/getClaimDetails': (request) => this.#details(request),
    'ServiceRequest/getClaimList': (request) => this.#list(request),
    'ServiceRequest/updateClaimStatus': (request) => this.#setStatus(request),
    'ServiceRequest/updateClaimRequestStatus': (request) => this.#setRequestStatus(request),
    'ServiceRequest/updateClaimExpenditure': (request) => this.#expend(request),
    'Logistics/UpdateLogisticsStatus': (request) => this.#ship(request),
    'ServiceRequest/fetchSlots': (request) =>
      slots(request, 'ServiceLocationCode', (start, end, SlotCode) => ({
        StartTime: start,
        EndTime: end,
        IsActive: SlotCode !== 'slot_1',
        SlotCode,
        TimeZone: request['TimeZone'] ?? '',
      })),
    'ServiceRequest/fetchRequestSlots': (request) =>
      slots(request, 'serviceLocationCode', (startTimeVal, endTimeVal, slotCode) => ({
        startTimeVal,
        endTimeVal,
        isActive: true,
        slotCode,
        timeZone: 'America/New_York',
      })),
    'ServiceRequest/getBrandList': () =>
      success([
        { brandCode: 'APPLE', brandName: 'Apple' },
        { brandCode: 'SAMSUNG', brandName: 'Samsung' },
        { brandCode: 'AURORA', brandName: 'Aurora' },
      ]),
    'ServiceRequest/getProductList': (request) =>
      success([{ productCode: `P-${textAt(request, 'brandCode')}`, productName: 'Phone' }]),
    'ServiceRequest/getIssueList': () =>
      success([
        {
          issueCategoryCode: 'FDA594F327',
          issueCategory: 'Mechanical breakdown',
          issueCode: '0E74248AA1',
          issue: 'Button Problem',
        },
        { issueCategoryCode: '', issueCategory: '', issueCode: 'OTHERS', issue: 'Others' },
      ]),
  };

  clear(): void {
    this.claims.clear();
  }

  #add(statusCode: string, externalReferenceId: string | null, details: JsonObject): SandboxClaim {
    const number = (this.claims.size + 1).toString(36).toUpperCase().padStart(7, '0');
    const claim: SandboxClaim = {
      referenceId: `R${number}`,
      externalReferenceId,
      waybill: `W${number}`,
      statusCode,
      logisticsStatus: '',
      charges: [],
      log: [statusCode],
      createdOn: new Date(this.#now()).toISOString().slice(0, 10),
      details,
    };
    this.claims.set(claim.referenceId, claim);
    return claim;
  }

  #appoint(request: JsonObject): Outcome {
    const location = textAt(request, 'ServiceLocationCode');
    if (isUnknown(location)) return badRequest('the service location is not known');
    const claim = this.#add('SC0061', null, request);
    this.#effects.add(`ServiceRequest/createServiceRequest ${textAt(request, 'IMEI1')}`);
    return success({
      ReferenceID: claim.referenceId,
      Status: nameOf(claim.statusCode),
      ScheduledFromTime: textAt(request, 'ScheduledFromTime'),
      ScheduledToTime: textAt(request, 'ScheduledToTime'),
      ScheduledDateTime: textAt(request, 'ScheduleDate'),
    });
  }

  /** What a second claim under one id gives is not said: here another one, the worst that can happen to a caller. */
  #claim(operation: string, statusCode: string, request: JsonObject): Outcome {
    const external = textAt(request, 'externalReferenceID');
    if (isUnknown(textAt(request, 'imeiOrSerial'))) return badRequest('the device is not known');
    const claim = this.#add(statusCode, external, request);
    this.#effects.add(`ServiceRequest/${operation} ${external}`);
    return success({
      referenceID: claim.referenceId,
      statusCode,
      status: nameOf(statusCode),
      externalReferenceID: external,
    });
  }

  #details(request: JsonObject): Outcome {
    const claim = this.#find(textAt(request, 'ReferenceID'), textAt(request, 'ExternalReferenceID'));
    if (claim === undefined) return badRequest('the claim is not known');
    return success({
      ReferenceID: claim.referenceId,
      ExternalReferenceID: claim.externalReferenceId,
      StatusCode: claim.statusCode,
      Status: nameOf(claim.statusCode),
      Charges: claim.charges,
      // As in the reference's example, an entry may lack its code.
      Logs: [
        ...claim.log.map((code) => ({ StatusCode: code, Status: nameOf(code) })),
        { Status: 'Request received' },
      ],
    });
  }

  #list(request: JsonObject): Outcome {
    const { Pagination: pagination } = request;
    const page = Math.max(1, Number((isObject(pagination) ? pagination['CurrentPage'] : null) ?? 1));
    const from = textAt(request, 'StartDate');
    const to = textAt(request, 'EndDate');
    const found = [...this.claims.values()].filter(({ createdOn }) => createdOn >= from && createdOn <= to);
    return success({
      ClaimList: found.slice((page - 1) * pageSize, page * pageSize).map((claim) => ({
        ReferenceID: claim.referenceId,
        ExternalReferenceID: claim.externalReferenceId,
        StatusCode: claim.statusCode,
        Status: nameOf(claim.statusCode),
      })),
      TotalCount: found.length,
      TotalPages: Math.ceil(found.length / pageSize),
      CurrentPage: page,
    });
  }

  #setStatus(request: JsonObject): Outcome {
    const claim = this.#find(textAt(request, 'ReferenceID'), '');
    if (claim === undefined) return badRequest('the claim is not known');
    const code = textAt(request, 'StatusCode');
    this.#log('updateClaimStatus', claim, code);
    if (request['Charges'] !== undefined) claim.charges = request['Charges'];
    return success({
      ReferenceID: claim.referenceId,
      ExternalReferenceID: claim.externalReferenceId,
      StatusCode: code,
      Status: nameOf(code),
      WayBillNumber: claim.waybill,
    });
  }

  #setRequestStatus(request: JsonObject): Outcome {
    const claim = this.#find(textAt(request, 'referenceID'), textAt(request, 'externalReferenceID'));
    if (claim === undefined) return badRequest('the claim is not known');
    this.#log('updateClaimRequestStatus', claim, textAt(request, 'statusCode'));
    return success({ wayBillNumber: claim.waybill });
  }

  #log(operation: string, claim: SandboxClaim, code: string): void {
    claim.statusCode = code;
    claim.log.unshift(code);
    this.#effects.add(`ServiceRequest/${operation} ${claim.referenceId} ${code}`);
  }

  #expend(request: JsonObject): Outcome {
    const external = textAt(request, 'ExternalReferenceID');
    const claim = this.#find('', external);
    if (claim === undefined) return badRequest('the claim is not known');
    const report = textAt(request, 'ReportNumber') || textAt(request, 'ClaimBillingID');
    this.#effects.add(`ServiceRequest/updateClaimExpenditure ${external} ${report}`.trim());
    return success({ ExternalReferenceID: external });
  }

  #ship(request: JsonObject): Outcome {
    const waybill = textAt(request, 'WaybillNumber');
    const reference = textAt(request, 'ReferenceID');
    const claim =
      reference === ''
        ? [...this.claims.values()].find((one) => one.waybill === waybill)
        : this.claims.get(reference);
    if (claim === undefined || (waybill !== '' && claim.waybill !== waybill))
      return badRequest('the shipment is not known');
    claim.logisticsStatus = textAt(request, 'status');
    this.#effects.add(`Logistics/UpdateLogisticsStatus ${claim.referenceId} ${claim.logisticsStatus}`);
    return success({}, 'success');
  }

  /** Both ids, when both are given, must name the same claim; of several under our own id, the last one is meant. */
  #find(reference: string, external: string): SandboxClaim | undefined {
    if (reference === '')
      return [...this.claims.values()].findLast((one) => one.externalReferenceId === external);
    const claim = this.claims.get(reference);
    return external === '' || claim?.externalReferenceId === external ? claim : undefined;
  }
}

function slots(
  request: JsonObject,
  locationField: string,
  slot: (start: string, end: string, code: string) => JsonObject,
): Outcome {
  if (isUnknown(textAt(request, locationField))) return badRequest('the service location is not known');
  const day = [slot('10:00:00', '13:00:00', 'slot_1'), slot('13:00:00', '16:00:00', 'slot_2')];
  return success({ availableSlots: [{ date: '2026-03-02', slots: day }] });
}
