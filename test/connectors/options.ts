import { systemClock } from '../../src/base/clock.ts';
import type { RestOptions } from '../../src/connectors/rest.ts';

/** How connectors of tests call a server on this machine. */
export const restOptions = (baseUrl: string): RestOptions => ({
  baseUrl,
  deadlineMs: 10_000,
  connections: 4,
  keepAlive: false,
  maxAnswerBytes: 200_000,
  clock: systemClock,
});
