/** The error codes of the reference, what they mean and what follows for the call that met them. */

/**
 * - `rejected`: this request is at fault; its row is rejected.
 * - `refused`: we are at fault (credentials, keys, address, rights), no row is; a person must act.
 * - `renew`: the session ended; the call had no effect and goes again with a new one.
 * - `throttled`: later.
 * - `unknown`: Servify failed underway; a write may have happened.
 */
export type Consequence = 'rejected' | 'refused' | 'renew' | 'throttled' | 'unknown';

export interface ServifyError {
  meaning: string;
  consequence: Consequence;
  fix: string;
}

export const servifyErrors: ReadonlyMap<string, ServifyError> = new Map([
  [
    'CLIENT.INVALID.401',
    {
      meaning: 'the client id is not known',
      consequence: 'refused',
      fix: 'Check the client id; it differs between the sandbox and production.',
    },
  ],
  [
    'HMAC.INVALID.401',
    {
      meaning: 'the signature is wrong',
      consequence: 'refused',
      fix: "Check the client signature key and this machine's clock.",
    },
  ],
  [
    'DATA.BAD_REQUEST.400',
    {
      meaning: 'the request is not proper',
      consequence: 'rejected',
      fix: 'Correct the values named in the message and send the row again.',
    },
  ],
  [
    'PUBLIC_KEY.INVALID.401',
    {
      meaning: 'our public key, as Servify has it, is not valid',
      consequence: 'refused',
      fix: 'Send Servify the public key that belongs to the configured private key.',
    },
  ],
  [
    'DECRYPTION.ERROR.401',
    {
      meaning: 'the request could not be decrypted',
      consequence: 'refused',
      fix: "Check that the configured Servify public key is this environment's.",
    },
  ],
  [
    'IP.INVALID.401',
    {
      meaning: 'our address is not on the list',
      consequence: 'refused',
      fix: 'Have Servify add the address that this machine calls from.',
    },
  ],
  [
    'API.INVALID.401',
    {
      meaning: 'we have no right to this call',
      consequence: 'refused',
      fix: 'Have Servify grant this operation to the client id.',
    },
  ],
  [
    'TOK.EXP.001',
    {
      meaning: 'the session token is not valid or has expired',
      consequence: 'renew',
      fix: 'Nothing; a new token is fetched.',
    },
  ],
  [
    'API.LIMIT.429',
    { meaning: 'too many calls', consequence: 'throttled', fix: 'Lower the rate of this target.' },
  ],
  [
    'SM.WTR.500',
    {
      meaning: 'Servify failed inside',
      consequence: 'unknown',
      fix: 'If it stays, give Servify the ticket number.',
    },
  ],
  [
    'SM.WTR.001',
    {
      meaning: 'something went wrong at Servify',
      consequence: 'unknown',
      fix: 'If it stays, give Servify the ticket number.',
    },
  ],
]);
