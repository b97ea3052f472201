import dns from 'node:dns';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { explain } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { createServifyConnector } from '../../src/connectors/servify/connector.ts';
import { decryptText, encryptText, sign } from '../../src/connectors/servify/crypto.ts';
import type { ServifyOperation } from '../../src/connectors/servify/operation.ts';
import { servifyOperations } from '../../src/connectors/servify/operations.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { newContract, type Rig, rsaPair, startRig } from './servify-fixture.ts';

// Watched on this thread alone: the workers load the file for themselves.
vi.mock('../../src/connectors/servify/crypto.ts', { spy: true });

const create = servifyOperations.get('Contract/createContract') as ServifyOperation;
const renew = servifyOperations.get('Contract/renewContract') as ServifyOperation;
const info = servifyOperations.get('Contract/getContractInfo') as ServifyOperation;

let rig: Rig;
afterEach(() => {
  vi.restoreAllMocks();
  return rig.close();
});

const effectsOf = (reference: unknown) => rig.sandbox.effects.get(`${create.id} ${reference}`) ?? 0;

describe('what the server does, and what is known after', () => {
  it.each<[string, Fault, string, string, number]>([
    ['no answer', { kind: 'mute' }, 'CALL_IN_DOUBT', 'in-doubt', 0],
    ['an answer without end', { kind: 'huge' }, 'CALL_IN_DOUBT', 'in-doubt', 1],
    ['a cut before the effect', { kind: 'drop-before' }, 'CALL_IN_DOUBT', 'in-doubt', 0],
    ['a cut after the effect', { kind: 'drop-after' }, 'CALL_IN_DOUBT', 'in-doubt', 1],
    ['garbage', { kind: 'garbage' }, 'CALL_IN_DOUBT', 'in-doubt', 1],
    ['a wrong schema', { kind: 'wrong-schema' }, 'CALL_IN_DOUBT', 'in-doubt', 1],
    ['a proxy failing', { kind: 'status', status: 502 }, 'CALL_IN_DOUBT', 'in-doubt', 0],
    ['a redirect', { kind: 'redirect' }, 'TARGET_REFUSES', 'never', 0],
    ['throttling', { kind: 'throttle', retryAfter: '2' }, 'CALL_THROTTLED', 'later', 0],
  ])('%s', async (_name, fault, code, retry, effects) => {
    rig = await startRig();
    await rig.connector.check();
    // Short only for the silent server; elsewhere the deadline must not be what ends the call.
    const deadlineMs = fault.kind === 'mute' ? 300 : 10_000;
    const connector = createServifyConnector({ ...rig.options, deadlineMs });
    rig.sandbox.faults.next(create.id, fault);
    const request = newContract();
    await expect(connector.call(create, request)).rejects.toMatchObject({ code, retry, subject: create.id });
    expect(effectsOf(request['ExternalReferenceID'])).toBe(effects);
    expect(rig.sandbox.calls.get(create.id)).toBe(1);
    await connector.close();
  });

  it('a late effect: in doubt, though it happens', async () => {
    rig = await startRig({ deadlineMs: 400 });
    await rig.connector.check();
    rig.sandbox.faults.next(create.id, { kind: 'late', ms: 800 });
    const request = newContract();
    await expect(rig.connector.call(create, request)).rejects.toMatchObject({ code: 'CALL_IN_DOUBT' });
    expect(effectsOf(request['ExternalReferenceID'])).toBe(0);
    await vi.waitFor(() => expect(effectsOf(request['ExternalReferenceID'])).toBe(1), 5000);
  });

  it.each([0, 2, 20])(
    'an answer that comes once more after %i ms is not taken for that of the next call',
    async (ms) => {
      rig = await startRig({ connections: 1 }, { latencyMs: 30 });
      await rig.connector.check();
      const requests = Array.from({ length: 6 }, () => newContract());
      rig.sandbox.faults.next(create.id, { kind: 'twice', ms }, requests.length);
      const answers = await Promise.all(requests.map((request) => rig.connector.call(create, request)));
      const contracts = [...rig.sandbox.contracts.values()];
      expect(answers.map(({ answer }) => answer)).toEqual(
        requests.map(({ ExternalReferenceID }) => ({
          SoldPlanCode: contracts.find((one) => one.externalReferenceId === ExternalReferenceID)
            ?.soldPlanCode,
        })),
      );
    },
  );

  it.each([{ kind: 'drop-before' }, { kind: 'drop-after' }] as const)(
    'a renewal under the id of the renewed contract: the old contract proves nothing after $kind',
    async (fault) => {
      rig = await startRig();
      const { ExternalReferenceID = null } = newContract();
      const sale = await rig.connector.call(create, newContract({ ExternalReferenceID }));
      const { SoldPlanCode = null } = sale.answer as JsonObject;
      const request = {
        ExternalReferenceID,
        AssociatedSoldPlanCode: SoldPlanCode,
        ExternalPlanCode: 'P1',
        PlanCode: 'SFYPROTECT01',
        SalesChannel: 'WEB',
      };
      rig.sandbox.faults.next(renew.id, fault);
      await expect(rig.connector.call(renew, request)).rejects.toMatchObject({ code: 'CALL_IN_DOUBT' });
      if (renew.repeat.mode !== 'lookup') throw new Error('a renewal is not looked up');
      const found = await rig.connector.call(info, renew.repeat.request(request));
      const verdict = renew.repeat.judge(found, request);
      expect(verdict.kind).toBe(fault.kind === 'drop-before' ? 'unclear' : 'happened');
      expect(verdict).not.toMatchObject({ answer: { SoldPlanCode } });
    },
  );

  it('a read that fails is only a failure', async () => {
    rig = await startRig();
    rig.sandbox.faults.next(info.id, { kind: 'drop-after' });
    await expect(rig.connector.call(info, { SoldPlanCode: 'S' })).rejects.toMatchObject({
      code: 'CALL_FAILED',
      retry: 'later',
    });
  });

  it('a failing token server: the write has not happened', async () => {
    rig = await startRig();
    for (const fault of [{ kind: 'drop-before' }, { kind: 'status', status: 503 }] as const) {
      rig.sandbox.faults.next('Auth/generateToken', fault);
      await expect(rig.connector.call(create, newContract())).rejects.toMatchObject({
        code: 'CALL_FAILED',
        retry: 'later',
      });
    }
    expect(rig.sandbox.calls.has(create.id)).toBe(false);
  });
});

describe('a call that meets its deadline', () => {
  it('ends in doubt however steadily the answer drips', async () => {
    rig = await startRig();
    await rig.connector.check();
    const connector = createServifyConnector({ ...rig.options, deadlineMs: 3_000 });
    rig.sandbox.faults.next(create.id, { kind: 'drip', ms: 20 });
    const request = newContract();
    await expect(connector.call(create, request)).rejects.toMatchObject({ code: 'CALL_IN_DOUBT' });
    expect(effectsOf(request['ExternalReferenceID'])).toBe(1);
    await connector.close();
  });

  it('has not happened when the token server is mute or drips, or the name of the target is not resolved', async () => {
    rig = await startRig({ deadlineMs: 1_000 });
    for (const fault of [{ kind: 'mute' }, { kind: 'drip', ms: 20 }] as const) {
      rig.sandbox.faults.next('Auth/generateToken', fault);
      await expect(rig.connector.call(create, newContract())).rejects.toMatchObject({ retry: 'later' });
    }
    // A resolver that never answers.
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation((() => undefined) as never);
    const connector = createServifyConnector({ ...rig.options, baseUrl: 'https://servify.example' });
    await expect(connector.call(create, newContract())).rejects.toMatchObject({ retry: 'later' });
    expect(lookup).toHaveBeenCalled();
    lookup.mockRestore();
    await connector.close();
    expect(rig.sandbox.calls.has(create.id)).toBe(false);
  });

  it('is that of a target which takes the connection and says nothing, not even hello', async () => {
    rig = await startRig({ deadlineMs: 1_000 });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.listening).toBe(true));
    const { port } = server.address() as AddressInfo;
    const connector = createServifyConnector({ ...rig.options, baseUrl: `https://127.0.0.1:${port}` });
    await expect(connector.check()).rejects.toMatchObject({ retry: 'later' });
    await connector.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('has not happened when it ended waiting for a connection', async () => {
    rig = await startRig({ connections: 1, deadlineMs: 500 });
    await rig.connector.check();
    rig.sandbox.faults.next(create.id, { kind: 'mute' });
    const calls = [newContract(), newContract()].map((request) => rig.connector.call(create, request));
    expect(await Promise.allSettled(calls)).toMatchObject([
      { reason: { code: 'CALL_IN_DOUBT' } },
      { reason: { code: 'CALL_FAILED', retry: 'later' } },
    ]);
    expect(rig.sandbox.calls.get(create.id)).toBe(1);
  });
});

describe('a target that cannot be used', () => {
  it('is down when nothing listens, or no TLS can be made', async () => {
    rig = await startRig();
    const server = createServer().listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.listening).toBe(true));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    for (const baseUrl of [`http://127.0.0.1:${port}`, rig.sandbox.url.replace('http', 'https')]) {
      const connector = createServifyConnector({ ...rig.options, baseUrl });
      await expect(connector.check()).rejects.toMatchObject({ code: 'TARGET_DOWN', retry: 'later' });
      await connector.close();
    }
  });

  it.each([
    ['client id', { clientId: 'other' }, 'CLIENT.INVALID.401'],
    ['secret', { clientSecret: 'canary-secret' }, 'HMAC.INVALID.401'],
    ['public key', { servifyPublicKey: rsaPair().publicKey }, 'DECRYPTION.ERROR.401'],
    ['private key', { privateKey: rsaPair().privateKey }, 'cannot be read'],
  ])('refuses a wrong %s, and the error says which without showing it', async (_name, wrong, says) => {
    rig = await startRig();
    const connector = createServifyConnector({ ...rig.options, ...wrong });
    const error: unknown = await connector.call(create, newContract()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TARGET_REFUSES', retry: 'never' });
    expect(explain(error)).toContain(says);
    expect(explain(error)).not.toContain('canary');
    expect(rig.sandbox.calls.has(create.id)).toBe(false);
    await connector.close();
  });

  it.each([
    ['plain http to another machine', { baseUrl: 'http://servify.example' }],
    ['no address', { baseUrl: 'servify.example' }],
    ['a password in the address', { baseUrl: 'https://u:p@servify.example' }],
    ['no encryption to another machine', { baseUrl: 'https://servify.example', encryption: 'none' as const }],
    ['a client id over two lines', { clientId: 'a\nb' }],
    ['an empty secret', { clientSecret: '' }],
    ['a key that is none', { servifyPublicKey: 'canary' }],
  ])('is refused in its configuration: %s', async (_name, wrong) => {
    rig = await startRig();
    expect(() => createServifyConnector({ ...rig.options, ...wrong })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('canary') }),
    );
  });
});

describe('a connector that is being closed', () => {
  it('leaves a write that was sent in doubt, and fails one that was not', async () => {
    rig = await startRig();
    await rig.connector.check();
    rig.sandbox.faults.next(create.id, { kind: 'mute' });
    const sent = rig.connector.call(create, newContract());
    sent.catch(() => undefined);
    await vi.waitFor(() => expect(rig.sandbox.calls.get(create.id)).toBe(1));
    const closing = rig.connector.close();
    await expect(rig.connector.call(create, newContract())).rejects.toMatchObject({ retry: 'later' });
    await rig.sandbox.close();
    await expect(sent).rejects.toMatchObject({ code: 'CALL_IN_DOUBT' });
    await closing;
  });
});

describe('bodies', () => {
  it('are encrypted and decrypted, but not on the thread that serves the files', async () => {
    rig = await startRig();
    expect(await rig.connector.call(create, newContract())).toMatchObject({ accepted: true });
    // Which shows that the watch works: signing is cheap and stays here.
    expect(sign).toHaveBeenCalled();
    expect(encryptText).not.toHaveBeenCalled();
    expect(decryptText).not.toHaveBeenCalled();
  });

  it('go plain where both sides leave the encryption out', async () => {
    rig = await startRig({ encryption: 'none' }, { plain: true });
    expect(await rig.connector.call(create, newContract())).toMatchObject({ accepted: true });
  });

  it('keep a base path in front of the operation', async () => {
    rig = await startRig();
    const connector = createServifyConnector({ ...rig.options, baseUrl: `${rig.sandbox.url}/` });
    expect(await connector.check()).toContain('session token received');
    await connector.close();
  });
});
