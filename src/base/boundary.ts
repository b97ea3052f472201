/**
 * Where the exchange meets the world. Code that was loaded into the process beforehand may watch every call that crosses a boundary, and end or stop the
 * process there: that is how it is proven that an interruption anywhere costs nothing but time. Without such code a port is handed through as it is.
 */

/** Called synchronously with `port.method:before`, `:after`, and `:chunk` for each piece of a transfer. */
export type BoundaryHook = (point: string) => void;

/** Where a hook is looked for when a port is made. */
export const boundaryHook = Symbol.for('tidegate.boundary');

/** What a call is about, as far as that tells one point from another: an operation, a folder. */
type Subject = (method: string, args: readonly unknown[]) => string;

/** The port itself; or, when a hook is set, one that reports every call to it. */
export function boundary<Port extends object>(name: string, port: Port, subject: Subject = () => ''): Port {
  const hook: unknown = Reflect.get(globalThis, boundaryHook);
  if (typeof hook !== 'function') return port;
  const report = (point: string): void => void hook(point);
  return new Proxy(port, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function' || typeof property === 'symbol') return value;
      return (...args: unknown[]): unknown => {
        const about = subject(property, args);
        const call = about === '' ? `${name}.${property}` : `${name}.${property} ${about}`;
        // Private fields are found only on the port itself.
        return watched(call, (...given) => Reflect.apply(value, target, given), args, report);
      };
    },
  });
}

function watched(
  call: string,
  run: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  report: BoundaryHook,
): unknown {
  const inPieces = (value: unknown): unknown => (isPieces(value) ? pieces(value, call, report) : value);
  report(`${call}:before`);
  const result = run(...args.map(inPieces));
  if (isPieces(result)) return finallyReport(pieces(result, call, report), call, report);
  if (result instanceof Promise) return result.finally(() => report(`${call}:after`));
  report(`${call}:after`);
  return result;
}

async function* pieces(
  content: AsyncIterable<unknown>,
  call: string,
  report: BoundaryHook,
): AsyncGenerator<unknown> {
  for await (const piece of content) {
    report(`${call}:chunk`);
    yield piece;
  }
}

async function* finallyReport(
  content: AsyncGenerator<unknown>,
  call: string,
  report: BoundaryHook,
): AsyncGenerator<unknown> {
  try {
    yield* content;
  } finally {
    report(`${call}:after`);
  }
}

const isPieces = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
