import type { ArrivalState } from './port.ts';

/** Whether nothing is left to do for an arrival, by its state. */
const isFinished: Readonly<Record<ArrivalState, boolean>> = {
  claimed: false,
  fetched: false,
  reopened: false,
  staged: false,
  delivered: false,
  acknowledged: false,
  settled: true,
  withdrawn: true,
};

const states = Object.keys(isFinished) as ArrivalState[];

export const finishedStates: readonly ArrivalState[] = states.filter((state) => isFinished[state]);
export const unfinishedStates: readonly ArrivalState[] = states.filter((state) => !isFinished[state]);
