import type { AckCells, Violation } from '../../mapping/types.ts';
import type { Claim, RowState } from './arrivals.ts';
import type { PackedAs } from './packing.ts';

/** A row as the answer needs it. */
export interface AnswerRow {
  line: number;
  keys: readonly string[];
  action: string;
  state: RowState;
  code: string;
  message: string;
  cells: AckCells;
  violations: readonly Violation[];
  /** Where the effect was first asked for, when this row only repeats that; `state` says what became of it. */
  duplicateOf: { arrival: number; name: string; line: number } | null;
  /** `null` while there is no outcome. */
  settledAt: number | null;
  fields: readonly string[];
}

export type AnswerKind = 'acknowledgement' | 'success' | 'failure' | 'rejects';

export interface PlannedAnswer {
  kind: AnswerKind;
  /** 0 for the first answer; a later one is a supplement, with the rows of that round. A repeat gives the answers of every round again. */
  round: number;
  /** Full remote path, decided before the upload. */
  path: string;
}

export interface Answer extends PlannedAnswer {
  /** The bytes that are to lie there, decided before they are put: packing gives others every time. `null` again once they are written. */
  packed: { bytes: number; sha256: string } | null;
  /** Set once the file lies complete under its final name. */
  written: { bytes: number; sha256: string; at: number } | null;
}

/** The files written to the partner. */
export interface AnswerLedger {
  /** In line order; as they are now, or of a round and as they were then. Only rows in the given states, all of them unless told. */
  answerRows(
    arrival: number,
    afterLine: number,
    limit: number,
    which?: { round?: number; states?: readonly RowState[] },
  ): Promise<AnswerRow[]>;
  /** A path may be planned anew as long as nothing was written under the old one. */
  planAnswers(claim: Claim, answers: readonly PlannedAnswer[]): Promise<void>;
  /** Until it is written the file may be packed anew, when nothing has come out. */
  answerPacked(
    claim: Claim,
    answer: Pick<Answer, 'kind' | 'round'>,
    file: { bytes: number; sha256: string },
  ): Promise<void>;
  answerWritten(
    claim: Claim,
    answer: Pick<Answer, 'kind' | 'round'>,
    file: { bytes: number; sha256: string; packing?: PackedAs | null },
    now: number,
  ): Promise<void>;
  /** By round. */
  answers(arrival: number): Promise<Answer[]>;
  /** Whether another arrival of the partner has planned an answer at this path. */
  answerPathTaken(partner: string, path: string, exceptArrival: number): Promise<boolean>;
}
