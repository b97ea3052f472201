/** What every connector promises, whatever its system: run for each of them on a server that behaves like the real one. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TidegateError } from '../../src/base/errors.ts';
import type { Json, JsonObject } from '../../src/base/json.ts';
import type { CallResult, Connector, Operation } from '../../src/connectors/port.ts';

/** Ways in which the server can fail the next call of an operation. */
export type Failing =
  | 'server-error'
  | 'throttled'
  | 'cut-before-effect'
  | 'cut-after-effect'
  | 'garbage'
  | 'wrong-schema';

export interface ConnectorFixture {
  connector: Connector;
  /** Brings the server to where this operation can succeed, and gives a request that will. */
  prepare(operation: Operation): Promise<JsonObject>;
  /** A request that the server answers with a refusal, or `null` when the operation refuses nothing of a proper shape. */
  refused(operation: Operation): JsonObject | null;
  /** Whether the operation takes fields that its documents do not name. */
  takesAnything?(operation: Operation): boolean;
  failNext(operation: Operation, failing: Failing): void;
  /** The body of a success that brings this answer; the answer itself unless said. */
  bodyOf?(answer: Json): Json;
  /** Requests of this operation that the server received. */
  received(operation: Operation): number;
  reset(): void;
  close(): Promise<void>;
}

/**
 * @param operations as the connector has them; needed before the fixture starts
 * @param wrongAnswer the body that the server answers when it fails with `wrong-schema`
 */
export function describeConnector(
  name: string,
  operations: ReadonlyMap<string, Operation>,
  wrongAnswer: Json,
  start: () => Promise<ConnectorFixture>,
): void {
  describe(`${name} keeps the connector contract`, () => {
    let fixture: ConnectorFixture;
    beforeAll(async () => {
      fixture = await start();
    });
    beforeEach(() => fixture.reset());
    afterAll(() => fixture.close());

    it('says in one line that the target takes our credentials', async () => {
      expect(await fixture.connector.check()).toMatch(/^[^\n]+$/);
    });

    it('has the operations it declares', () => {
      expect([...fixture.connector.operations.keys()]).toEqual([...operations.keys()]);
    });

    describe.each([...operations.values()])('$id', (operation) => {
      const call = (request: JsonObject): Promise<CallResult> => fixture.connector.call(operation, request);
      const failure = async (request: JsonObject): Promise<TidegateError> => {
        const error: unknown = await call(request).catch((reason: unknown) => reason);
        if (!(error instanceof TidegateError)) throw new Error('expected the call to fail', { cause: error });
        return error;
      };
      const unclear = operation.kind === 'write' ? ['CALL_IN_DOUBT', 'in-doubt'] : ['CALL_FAILED', 'later'];

      it('is described for people and refers only to what exists', () => {
        expect(operation.purpose).not.toBe('');
        if (operation.kind === 'read') expect(operation.repeat.mode).toBe('safe');
        if (operation.repeat.mode === 'never') expect(operation.repeat.because).not.toBe('');
        if (operation.repeat.mode !== 'lookup') return;
        const lookup = operations.get(operation.repeat.operation);
        expect(lookup?.kind).toBe('read');
      });

      it('accepts a valid request, in one call', async () => {
        const request = await fixture.prepare(operation);
        const before = fixture.received(operation);
        const result = await call(request);
        expect(result).toMatchObject({ accepted: true });
        expect(Math.floor(result.status / 100)).toBe(2);
        expect(fixture.received(operation) - before).toBe(1);
      });

      it('sends nothing when the permit is refused, and fails with why', async () => {
        const request = await fixture.prepare(operation);
        const before = fixture.received(operation);
        const ended = new TidegateError('LEDGER_STALE', 'the lease has ended');
        const refused = fixture.connector.call(operation, request, () => {
          throw ended;
        });
        await expect(refused).rejects.toBe(ended);
        expect(fixture.received(operation)).toBe(before);
        expect(await call(request)).toMatchObject({ accepted: true });
      });

      it('names the same effect by the same reference', async () => {
        const request = await fixture.prepare(operation);
        const reference = operation.reference(request);
        expect(operation.reference(structuredClone(request) as JsonObject)).toBe(reference);
        if (reference !== null) expect(reference).not.toBe('');
      });

      it('does not call for a request that lacks what is required, or has too much', async () => {
        const request = await fixture.prepare(operation);
        const before = fixture.received(operation);
        const required = Object.keys(request).filter((key) => {
          const { [key]: _left, ...rest } = request;
          return !operation.request.safeParse(rest).success;
        });
        if (!operation.request.safeParse({}).success) expect(required).not.toEqual([]);
        for (const key of required) {
          const { [key]: _left, ...rest } = request;
          expect(await failure(rest)).toMatchObject({
            code: 'CALL_FAILED',
            retry: 'never',
            subject: operation.id,
          });
        }
        if (fixture.takesAnything?.(operation) !== true)
          expect(await failure({ ...request, NoSuchField: 'x' })).toMatchObject({ retry: 'never' });
        expect(fixture.received(operation)).toBe(before);
      });

      it('gives a refusal as a result with its code', async () => {
        const request = fixture.refused(operation);
        if (request === null) return;
        const result = await call(request);
        expect(result.accepted).toBe(false);
        expect(result.code).not.toBe('');
        expect(result.message).not.toBe('');
      });

      it.each<[Failing, string[]]>([
        ['server-error', unclear],
        ['cut-before-effect', unclear],
        ['cut-after-effect', unclear],
        ['garbage', unclear],
        ['throttled', ['CALL_THROTTLED', 'later']],
      ])('after %s says %s', async (failing, [code, retry]) => {
        const request = await fixture.prepare(operation);
        const before = fixture.received(operation);
        fixture.failNext(operation, failing);
        expect(await failure(request)).toMatchObject({ code, retry, subject: operation.id });
        expect(fixture.received(operation) - before).toBe(1);
      });

      if (!operation.response.safeParse(wrongAnswer).success) {
        it('does not take an answer of another shape for a success', async () => {
          const request = await fixture.prepare(operation);
          fixture.failNext(operation, 'wrong-schema');
          expect(await failure(request)).toMatchObject({ code: unclear[0], retry: unclear[1] });
        });
      }

      if (operation.repeat.mode === 'lookup') {
        const { repeat } = operation;
        // What is only queued may still be done, so that nothing proves its absence.
        const nothing = operation.async ? 'unclear' : 'absent';
        it('finds out whether a lost call happened', async () => {
          const request = await fixture.prepare(operation);
          const lookup = operations.get(repeat.operation);
          if (lookup === undefined) throw new Error(`no operation ${repeat.operation}`);
          const ask = async () =>
            repeat.judge(await fixture.connector.call(lookup, repeat.request(request)), request);
          expect(await ask()).toMatchObject({ kind: nothing });

          fixture.failNext(operation, 'cut-before-effect');
          await failure(request);
          expect(await ask()).toMatchObject({ kind: nothing });

          fixture.failNext(operation, 'cut-after-effect');
          await failure(request);
          const verdict = await vi.waitFor(async () => {
            const found = await ask();
            expect(found.kind).toBe('happened');
            return found;
          });
          if (verdict.kind !== 'happened') return;
          const body = fixture.bodyOf?.(verdict.answer) ?? verdict.answer;
          if (!operation.async) expect(operation.response.safeParse(body).success).toBe(true);
        });
      }
    });
  });
}
