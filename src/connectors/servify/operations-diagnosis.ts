/** What is known of a device. Both only read. */
import { z } from 'zod';
import { text } from '../fields.ts';
import { answerOf, type ServifyOperation, servifyCall } from './operation.ts';

const read = { kind: 'read', repeat: { mode: 'safe' }, reference: () => null } as const;

const fakeCheck = servifyCall({
  ...read,
  id: 'Diagnosis/fakeCheck',
  purpose: 'Ask whether a phone is genuine, and whether it is locked to iCloud',
  request: z
    .strictObject({
      CheckType: z.enum(['ICloud', 'FakePhone', 'Both']),
      CustomerDeclaredDetails: z.strictObject({
        Brand: text.optional(),
        /** `Model | Storage`. */
        Model: text.optional(),
        IMEI: text.optional(),
      }),
      Model: text.optional(),
      Storage: z.number().optional(),
      BiometricLock: z.boolean().optional(),
      PasscodeLock: z.boolean().optional(),
      IsRooted: z.boolean().optional(),
    })
    .superRefine(({ CheckType: type, CustomerDeclaredDetails: declared }, context) => {
      const demand = (name: 'Model' | 'IMEI'): void => {
        if (declared[name] !== undefined) return;
        const path = ['CustomerDeclaredDetails', name];
        context.addIssue({ code: 'custom', path, message: `needed for the check ${type}` });
      };
      if (type !== 'ICloud') demand('Model');
      if (type !== 'FakePhone') demand('IMEI');
    }),
  // A fake one is a normal answer. Each check fills its own field.
  response: answerOf(
    z.union([z.looseObject({ ValidateResult: z.boolean() }), z.looseObject({ ICloudLock: z.boolean() })]),
  ),
});

const fetchDiagnosisResult = servifyCall({
  ...read,
  id: 'Diagnosis/fetchDiagnosisResult',
  purpose: 'Read how the diagnosis of a device ended',
  // Not starred, but without it nothing is asked.
  request: z.strictObject({ ProductUniqueID: text }),
  response: answerOf(z.looseObject({ DiagnosisResultStatus: text })),
});

export const diagnosisOperations: readonly ServifyOperation[] = [fakeCheck, fetchDiagnosisResult];
