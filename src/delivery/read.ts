import { TidegateError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { CallResult, Operation } from '../connectors/port.ts';
import type { DeliveryPorts } from './outcome.ts';

/**
 * A read with its retries. What it still fails with is given back when it concerns this request alone: the target answers others, or the request can
 * never be sent. Trouble of the target, and being stopped, is thrown.
 */
export async function readWithRetries(
  operation: Operation,
  request: JsonObject,
  ports: Pick<DeliveryPorts, 'target' | 'signal' | 'permit'>,
): Promise<CallResult | TidegateError> {
  const { target, signal } = ports;
  for (let failures = 1; ; failures++) {
    try {
      return await target.call(operation, request, ports);
    } catch (error) {
      if (await target.mayRetry(failures, error, signal)) continue;
      if (error instanceof TidegateError && error.code === 'CALL_FAILED' && !target.isPaused()) return error;
      throw error;
    }
  }
}
