import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../ledger/port.ts';

/** What tells processes apart. Containers of one name may all have the process number 1, on one machine or on several. */
export interface HostFacts {
  hostname: string;
  /** Differs from machine to machine and from start to start; `null` where the system tells none. */
  bootId: string | null;
  /** Within it a process number belongs to one living process; `null` where the system has none. */
  pidNamespace: string | null;
  pid: number;
  isAlive(pid: number): boolean;
}

/** This process as an owner of arrivals. Another one on this system whose process is gone need not be waited for. */
export function thisProcess(startedAt: number, leaseMs: number, facts = factsOfThisSystem()): Owner {
  const { pid, isAlive } = facts;
  const host = [facts.hostname, facts.bootId, facts.pidNamespace].filter((fact) => fact !== null).join('~');
  const id = `${host}/${pid}/${startedAt}`;
  return {
    id,
    leaseMs,
    isGone(ownerId) {
      const [otherHost, otherPid] = ownerId.split('/');
      if (otherHost !== host || ownerId === id) return false;
      // Two never have one number at the same time: who had ours before us is gone.
      return Number(otherPid) === pid || !isAlive(Number(otherPid));
    },
  };
}

/** Linux tells all of them; elsewhere only the name of the host is to be had. */
const factsOfThisSystem = (): HostFacts => ({
  hostname: hostname(),
  bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  pid: process.pid,
  isAlive,
});

function orNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process lives, but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
