import { expect, test } from 'vitest';
import { checkEligibility } from '../../src/connectors/servify/operations-read.ts';
import { judge } from '../../src/connectors/servify/verdict.ts';

test.each([
  ['UNSUPPORTED_COUNTRY', 'The plan is not sold in this country'],
  ['SOMETHING_NEW', 'Success'],
])('%s is explained in words where the reference has any', (code, message) => {
  const body = {
    status: 200,
    success: true,
    message: 'Success',
    data: { IsEligible: false, EligibilityStatusCode: code },
  };
  expect(judge(checkEligibility, { status: 200, headers: {}, body }, 0)).toMatchObject({
    kind: 'settled',
    result: { accepted: true, code, message },
  });
});
