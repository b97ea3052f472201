import type { Fault } from '../../src/sandbox/faults.ts';
import type { Failing } from './conformance.ts';

/** How simulated systems are made to fail as the conformance suite asks, where a failure has a code of any name. */
export const faults: Readonly<Record<Failing, Fault>> = {
  'server-error': { kind: 'status', status: 500, errorCode: 'SCRIPTED' },
  throttled: { kind: 'throttle', retryAfter: '3' },
  'cut-before-effect': { kind: 'drop-before' },
  'cut-after-effect': { kind: 'drop-after' },
  garbage: { kind: 'garbage' },
  'wrong-schema': { kind: 'wrong-schema' },
};
