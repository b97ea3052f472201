import { afterEach, describe, expect, it } from 'vitest';
import { explain } from '../../src/base/errors.ts';
import type { LoginOptions } from '../../src/connectors/login/login.ts';
import { createServiceOrdersConnector } from '../../src/connectors/service-orders/connector.ts';
import type { SandboxLogin } from '../../src/sandbox/logins.ts';
import { type Rig, startRig } from './service-orders-fixture.ts';
import { HeldClock } from './servify-fixture.ts';

const types = 'ServiceType/list';
const hmac = {
  kind: 'hmac',
  keyId: 'us',
  secret: 'canary-signing',
  headers: { key: 'X-Key', date: 'X-Date', signature: 'X-Signature' },
  sign: ['method', 'path', 'date', 'body-hash'],
  encoding: 'hex',
} as const;
const oauth = (url: string, over: Partial<Extract<LoginOptions, { kind: 'oauth2' }>> = {}) => ({
  kind: 'oauth2' as const,
  tokenUrl: `${url}/oauth/token`,
  clientId: 'us&them',
  clientSecret: 'canary-oauth',
  scope: null,
  credentials: 'basic' as const,
  ...over,
});
const oauthServer: SandboxLogin = { kind: 'oauth2', clientId: 'us&them', clientSecret: 'canary-oauth' };

let rig: Rig;
afterEach(() => rig.close());

describe('a login', () => {
  it.each<[string, (url: string) => LoginOptions, SandboxLogin]>([
    ['with nothing', () => ({ kind: 'none' }), { kind: 'none' }],
    [
      'with a secret in a header',
      () => ({ kind: 'header', name: 'X-Api-Key', value: 'canary' }),
      { kind: 'header', name: 'x-api-key', value: 'canary' },
    ],
    [
      'with user and password',
      () => ({ kind: 'basic', user: 'us', password: 'canary:ö' }),
      { kind: 'basic', user: 'us', password: 'canary:ö' },
    ],
    ['with a token for client credentials', (url) => oauth(url), oauthServer],
    [
      'with a token for client credentials in the form',
      (url) => oauth(url, { credentials: 'form' }),
      oauthServer,
    ],
    ['with a signature', () => hmac, { kind: 'hmac', keyId: 'us', secret: 'canary-signing' }],
  ])('is taken %s, for reads and writes', async (_name, login, server) => {
    rig = await startRig((url) => ({ login: login(url) }), { login: server });
    expect(await rig.connector.check()).toContain('200');
    const made = await rig.call('HourlyRate/create', { tenant: 't1', name: 'night' });
    expect(made).toMatchObject({ accepted: true, status: 201 });
    expect(await rig.call('HourlyRate/list', { tenant: 't1', page: 1 })).toMatchObject({ accepted: true });
  });

  it.each<[string, (url: string) => LoginOptions, SandboxLogin]>([
    ['no login', () => ({ kind: 'none' }), { kind: 'header', name: 'x-api-key', value: 'x' }],
    [
      'another password',
      () => ({ kind: 'basic', user: 'us', password: 'canary' }),
      { kind: 'basic', user: 'us', password: 'x' },
    ],
    [
      'another client secret',
      (url) => oauth(url, { clientSecret: 'canary', credentials: 'form' }),
      oauthServer,
    ],
    ['another signing secret', () => hmac, { kind: 'hmac', keyId: 'us', secret: 'x' }],
  ])('with %s stops the target, and says so without the secret', async (_name, login, server) => {
    rig = await startRig((url) => ({ login: login(url) }), { login: server });
    const error: unknown = await rig.connector.check().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TARGET_REFUSES', retry: 'never' });
    expect(explain(error)).not.toContain('canary');
  });

  it.each([
    ['a header that no line takes', { kind: 'header', name: 'x', value: 'canary\n' } as const],
    ['a token address in clear text', oauth('http://elsewhere.example')],
  ])('is refused in its configuration: %s', async (_name, login) => {
    rig = await startRig();
    expect(() => createServiceOrdersConnector({ ...rig.options, login })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('canary') }),
    );
  });
});

describe('a token', () => {
  const form = { credentials: 'form' } as const;

  it('is fetched once for many calls, and again before it ends', async () => {
    const clock = new HeldClock();
    const login = { ...oauthServer, ttlSeconds: 600 };
    rig = await startRig((url) => ({ clock, login: oauth(url, form) }), { login, clock });
    await Promise.all([1, 2, 3].map(() => rig.call(types, { tenant: 't1' })));
    expect(rig.sandbox.calls.get('login/token')).toBe(1);
    clock.advance(541_000);
    await rig.call(types, { tenant: 't1' });
    expect(rig.sandbox.calls.get('login/token')).toBe(2);
  });

  it('that is no longer taken is renewed, and the call goes again: it had no effect', async () => {
    rig = await startRig((url) => ({ login: oauth(url, form) }), { login: oauthServer });
    await rig.call(types, { tenant: 't1' });
    rig.sandbox.faults.next('HourlyRate/create', { kind: 'expire-token' });
    expect(await rig.call('HourlyRate/create', { tenant: 't1' })).toMatchObject({ status: 201 });
    expect([...rig.sandbox.effects.values()]).toEqual([1]);
    expect(rig.sandbox.calls.get('login/token')).toBe(2);
  });

  it('that is never taken is not renewed for ever', async () => {
    rig = await startRig((url) => ({ login: oauth(url, form) }), { login: oauthServer });
    rig.sandbox.faults.next(types, { kind: 'status', status: 401, errorCode: 'NO' }, 3);
    await expect(rig.call(types, { tenant: 't1' })).rejects.toMatchObject({ code: 'TARGET_REFUSES' });
    expect(rig.sandbox.calls.get(types)).toBe(2);
  });

  it.each([
    ['a server that fails', { kind: 'status', status: 503 } as const, 'CALL_FAILED', 'later'],
    ['an answer that is cut', { kind: 'drop-after' } as const, 'CALL_FAILED', 'later'],
    ['a page instead of a token', { kind: 'garbage' } as const, 'TARGET_REFUSES', 'never'],
  ])('that cannot be had from %s leaves the write undone', async (_name, fault, code, retry) => {
    rig = await startRig((url) => ({ login: oauth(url, form) }), { login: oauthServer });
    rig.sandbox.faults.next('login/token', fault);
    const call = rig.call('HourlyRate/create', { tenant: 't1' });
    await expect(call).rejects.toMatchObject({ code, retry });
    expect(rig.sandbox.effects.size).toBe(0);
    expect(await rig.call('HourlyRate/create', { tenant: 't1' })).toMatchObject({ accepted: true });
  });
});
