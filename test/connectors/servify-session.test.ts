import { afterEach, describe, expect, it } from 'vitest';
import type { ServifyOperation } from '../../src/connectors/servify/operation.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import { createSession } from '../../src/connectors/servify/session.ts';
import { HeldClock, newContract, type Rig, startRig } from './servify-fixture.ts';

const minute = 60_000;

describe('a session', () => {
  /** A server that gives tokens t1, t2, … with this ttl. */
  function tokens(clock: HeldClock, ttlMs: number) {
    let given = 0;
    return async () => {
      given += 1;
      return { token: `t${given}`, ttl: Math.floor((clock.now() + ttlMs) / 1000) };
    };
  }

  it('is renewed a minute before it ends', async () => {
    const clock = new HeldClock();
    const session = createSession(tokens(clock, 15 * minute), clock);
    expect(await session.token()).toBe('t1');
    clock.advance(14 * minute - 1);
    expect(await session.token()).toBe('t1');
    clock.advance(1);
    expect(await session.token()).toBe('t2');
  });

  it('lives 15 minutes at most, whatever its ttl says, and less when it says less', async () => {
    const clock = new HeldClock();
    const long = createSession(tokens(clock, 30 * 60 * minute), clock);
    await long.token();
    expect(long.endsAt()).toBe(clock.now() + 15 * minute);
    const short = createSession(tokens(clock, 30_000), clock);
    await short.token();
    clock.advance(14_000);
    expect(await short.token()).toBe('t1');
    clock.advance(1000);
    expect(await short.token()).toBe('t2');
  });

  it('is fetched once for all who wait for it, and again after a failure', async () => {
    const clock = new HeldClock();
    let fail = true;
    const fetch = tokens(clock, 15 * minute);
    const session = createSession(async () => {
      if (fail) throw new Error('down');
      return fetch();
    }, clock);
    const first = await Promise.allSettled([session.token(), session.token()]);
    expect(first.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    fail = false;
    expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual([
      't1',
      't1',
      't1',
    ]);
  });

  it('keeps a newer token when an older one is reported as ended', async () => {
    const clock = new HeldClock();
    const session = createSession(tokens(clock, 15 * minute), clock);
    await session.token();
    session.expired('t0');
    expect(await session.token()).toBe('t1');
    session.expired('t1');
    expect(await session.token()).toBe('t2');
  });

  it('says so when the token has ended before it came', async () => {
    const clock = new HeldClock();
    const session = createSession(tokens(clock, -minute), clock);
    await expect(session.token()).rejects.toMatchObject({ code: 'TARGET_REFUSES' });
  });
});

describe('the connector', () => {
  const create = servifyOperations.get('Contract/createContract') as ServifyOperation;
  const tokenCalls = () => rig.sandbox.calls.get('Auth/generateToken');
  let rig: Rig;
  afterEach(() => rig.close());

  it('fetches one token for many calls at once', async () => {
    rig = await startRig();
    await Promise.all(Array.from({ length: 8 }, () => rig.connector.call(create, newContract())));
    expect(tokenCalls()).toBe(1);
    expect(rig.sandbox.contracts.size).toBe(8);
  });

  it('renews ahead of the end, so that Servify never refuses a token', async () => {
    const clock = new HeldClock();
    rig = await startRig({ clock });
    await rig.connector.call(create, newContract());
    clock.advance(14 * minute);
    await rig.connector.call(create, newContract());
    expect(tokenCalls()).toBe(2);
    expect(rig.sandbox.calls.get(create.id)).toBe(2);
  });

  it('renews when Servify says that the token ended, and repeats the call once', async () => {
    rig = await startRig();
    await rig.connector.call(create, newContract());
    rig.sandbox.faults.next(create.id, { kind: 'expire-token' });
    const request = newContract();
    expect(await rig.connector.call(create, request)).toMatchObject({ accepted: true });
    expect(tokenCalls()).toBe(2);
    expect(rig.sandbox.effects.get(`${create.id} ${request['ExternalReferenceID']}`)).toBe(1);
  });

  it('gives up when Servify refuses the new token too; nothing happened', async () => {
    rig = await startRig();
    rig.sandbox.faults.next(create.id, { kind: 'expire-token' }, 2);
    await expect(rig.connector.call(create, newContract())).rejects.toMatchObject({
      code: 'CALL_FAILED',
      retry: 'later',
    });
    expect(rig.sandbox.contracts.size).toBe(0);
  });
});
