import { describe, expect, it } from 'vitest';
import { type HostFacts, thisProcess } from '../../src/app/owner.ts';

const facts: HostFacts = {
  hostname: 'gate',
  bootId: '2f9b0c1e',
  pidNamespace: 'pid:[4026531836]',
  pid: 1,
  isAlive: () => true,
};
const leaseMs = 60_000;
const elsewhere = (changes: Partial<HostFacts>) => thisProcess(5, leaseMs, { ...facts, ...changes }).id;

describe('whether another owner surely lives no more', () => {
  const owner = thisProcess(9, leaseMs, facts);

  it('is not said of this process itself', () => {
    expect(owner.isGone(owner.id)).toBe(false);
  });

  it('is said of who had the same process number on this system before', () => {
    expect(owner.isGone(elsewhere({}))).toBe(true);
  });

  it.each([
    ['another container of the same name', { pidNamespace: 'pid:[4026532999]' }],
    ['another machine of the same name', { bootId: '77aa' }],
    ['another machine', { hostname: 'other' }],
    ['a living process beside this one', { pid: 7 }],
  ])('is not said of %s', (_what, changes) => {
    expect(owner.isGone(elsewhere(changes))).toBe(false);
  });

  it('is said of a process of this system that has ended', () => {
    const alone = thisProcess(9, leaseMs, { ...facts, isAlive: () => false });
    expect(alone.isGone(elsewhere({ pid: 7 }))).toBe(true);
    expect(alone.isGone(elsewhere({ pid: 7, pidNamespace: 'pid:[4026532999]' }))).toBe(false);
  });

  it('goes by the name of the host where the system tells no more', () => {
    const bare: HostFacts = { ...facts, bootId: null, pidNamespace: null };
    expect(thisProcess(9, leaseMs, bare).isGone(thisProcess(5, leaseMs, bare).id)).toBe(true);
    expect(thisProcess(9, leaseMs, bare).isGone(elsewhere({}))).toBe(false);
  });

  it('finds the facts of this system by itself', () => {
    const [host, pid, startedAt] = thisProcess(9, leaseMs).id.split('/');
    expect([host, pid, startedAt]).toEqual([expect.stringMatching(/./), String(process.pid), '9']);
    expect(thisProcess(9, leaseMs).isGone(thisProcess(5, leaseMs).id)).toBe(true);
  });
});
