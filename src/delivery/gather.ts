/** Rows that share calls are gathered until a call is full. */
import type { CompiledAction } from '../mapping/types.ts';
import type { Part } from './merge.ts';
import type { TargetLimits } from './target.ts';

export interface Gathered<Row> {
  action: CompiledAction;
  members: readonly (Row & { part: Part })[];
}

export interface Gathering<Row> {
  /** Whether the next call of its kind already has a row that the answer would name alike. */
  hasLike(action: CompiledAction, part: Part): boolean;
  /** Gives the calls that are full now. */
  add(action: CompiledAction, member: Row & { part: Part }): Gathered<Row>[];
  /** Gives all calls that have any row. */
  takeAll(): Gathered<Row>[];
}

/** Rows that differ in what a call has once for all its rows need calls of their own; beyond so many the oldest goes as it is. */
const KINDS = 8;

interface Open<Row> {
  action: CompiledAction;
  members: (Row & { part: Part })[];
  keys: Set<string>;
  bytes: number;
}

export function createGathering<Row>(limits: TargetLimits['batch']): Gathering<Row> {
  const open = new Map<string, Open<Row>>();
  const kind = (action: CompiledAction, part: Part): string => `${action.name}\n${part.frame}`;

  const take = (name: string, { action, members }: Open<Row>): Gathered<Row> => {
    open.delete(name);
    return { action, members };
  };

  return {
    hasLike: (action, part) => open.get(kind(action, part))?.keys.has(part.key) ?? false,
    add(action, member) {
      const { part } = member;
      const name = kind(action, part);
      const full: Gathered<Row>[] = [];
      const before = open.get(name);
      if (before && before.bytes + part.bytes > limits.bytes) full.push(take(name, before));
      let call = open.get(name);
      if (!call) {
        const [[oldest, eldest] = []] = open;
        if (open.size === KINDS && oldest !== undefined && eldest) full.push(take(oldest, eldest));
        call = { action, members: [], keys: new Set(), bytes: 0 };
        open.set(name, call);
      }
      call.members.push(member);
      call.keys.add(part.key);
      call.bytes += part.bytes;
      const most = Math.min(action.operation.batch?.limit ?? limits.rows, limits.rows);
      if (call.members.length >= most) full.push(take(name, call));
      return full;
    },
    takeAll: () => [...open].map(([name, call]) => take(name, call)),
  };
}
