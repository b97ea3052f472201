import { hostname } from 'node:os';
import type { Owner } from '../ledger/port.ts';

/** Renewed every third of it; a process that is paused longer loses its arrivals to the next one. */
const LEASE_MS = 60_000;

/** This process as an owner of arrivals. Another one on this host whose process is gone need not be waited for. */
export function thisProcess(startedAt: number): Owner {
  const host = hostname();
  const id = `${host}/${process.pid}/${startedAt}`;
  return {
    id,
    leaseMs: LEASE_MS,
    isGone(ownerId) {
      const [otherHost, pid] = ownerId.split('/');
      if (otherHost !== host || ownerId === id) return false;
      // In a container every life has the same number: who had ours before us is gone.
      return Number(pid) === process.pid || !isAlive(Number(pid));
    },
  };
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
