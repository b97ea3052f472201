import { z } from 'zod';
import { isObject, type Json, type JsonObject } from '../../base/json.ts';
import { text, textAt } from '../fields.ts';
import type { Batch, RowResult } from '../port.ts';
import { answerOf, type Saying, type ServifyOperation, servifyCall } from './operation.ts';

const codes = z.array(z.looseObject({ VoucherCode: text }));

const batch: Batch = {
  rows: 'VoucherArray',
  rowKey: 'VoucherCode',
  limit: null,
  results(answer) {
    const lists = listsIn(answer);
    if (lists === null) return null;
    const { created, failed } = lists;
    const rows = new Map<string, RowResult>();
    for (const [code, entry] of created)
      rows.set(code, { accepted: true, code: 'CREATED', message: 'The voucher was recorded', answer: entry });
    for (const [code, entry] of failed) {
      // The reference's own example has one in both lists: then nothing is known.
      if (rows.delete(code)) continue;
      const message = 'The voucher was not recorded; Servify gives no reason';
      rows.set(code, { accepted: false, code: 'FAILED', message, answer: entry });
    }
    return { rows, common: null };
  },
};

function listsIn(answer: Json): Record<'created' | 'failed', ReadonlyMap<string, JsonObject>> | null {
  const result = isObject(answer) ? answer['VoucherResult'] : undefined;
  if (!isObject(result)) return null;
  const byCode = (list: Json | undefined): ReadonlyMap<string, JsonObject> =>
    new Map(
      (Array.isArray(list) ? list : []).flatMap((entry: Json) => {
        const code = isObject(entry) ? textAt(entry, 'VoucherCode') : null;
        return isObject(entry) && code !== null ? [[code, entry] as const] : [];
      }),
    );
  const { createdCodes, failedCodes } = result;
  return { created: byCode(createdCodes), failed: byCode(failedCodes) };
}

/** With one voucher, what was said of it; with many, whether all were recorded. */
function says(data: JsonObject, sent: JsonObject): Saying | null {
  const found = batch.results(data, vouchersOf(sent));
  const said = vouchersOf(sent).map((row) => found?.rows.get(textAt(row, 'VoucherCode') ?? '') ?? null);
  const [first = null] = said;
  return said.length === 1 ? first : { accepted: said.every((one) => one?.accepted === true) };
}

const vouchersOf = ({ VoucherArray: list }: JsonObject): JsonObject[] =>
  Array.isArray(list) ? list.filter((row) => isObject(row)) : [];

const captureVoucherSales = servifyCall({
  id: 'Voucher/captureVoucherSales',
  kind: 'write',
  purpose: 'Record sold cards and welcome their customers',
  // Nothing is starred; what names the card is demanded.
  request: z.strictObject({
    VoucherArray: z
      .array(
        z.strictObject({
          VoucherCode: text,
          VoucherReferenceID: text,
          Name: text.optional(),
          MobileNo: text.optional(),
          EmailID: text.optional(),
        }),
      )
      .min(1),
  }),
  // Not in the field table, only in the example.
  response: answerOf(
    z.looseObject({
      VoucherResult: z.looseObject({ createdCodes: codes.optional(), failedCodes: codes.optional() }),
    }),
  ),
  batch,
  says,
  repeat: { mode: 'never', because: 'no read returns vouchers' },
  reference: (request) => {
    const names = vouchersOf(request).map(
      (row) => `${textAt(row, 'VoucherReferenceID')} ${textAt(row, 'VoucherCode')}`,
    );
    return names.join(', ') || null;
  },
});

export const voucherOperations: readonly ServifyOperation[] = [captureVoucherSales];
