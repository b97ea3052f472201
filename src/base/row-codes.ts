/** Codes that we ourselves give to rows; they stand in the acknowledgement beside those of the target. `docs/errors.md` explains each. */
export const rowCodes = {
  /** Values are missing or wrong. */
  invalid: 'INVALID_ROW',
  /** Rows of one file use the same reference for different things. */
  conflict: 'DUPLICATE_CONFLICT',
  /** An earlier file used the reference for something else. */
  known: 'REFERENCE_KNOWN',
  /** The file corrects an earlier one, where this row asked for something else that was worked off. */
  changed: 'ROW_CHANGED',
  /** A read that goes first gave no answer for this row. */
  readFailed: 'READ_FAILED',
  /** A list that a read gives has no entry for a value of the row, or several. */
  notListed: 'NOT_LISTED',
  /** A read contradicts the row. */
  disagrees: 'ANSWER_DISAGREES',
  /** Nobody can tell whether the call had its effect. */
  parked: 'PARKED',
  /** An earlier row of the same order key is parked. */
  behindParked: 'BEHIND_PARKED',
  /** A later file asked for something for the same contract before this row was worked on again. */
  overtaken: 'OVERTAKEN',
  /** The row was to be worked on again, but the mapping of today cannot read it, or has no such action. */
  mappingChanged: 'MAPPING_CHANGED',
  /** A person decided about a parked row. */
  decided: 'DECIDED',
} as const;
