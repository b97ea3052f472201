/** Codes of the outcomes that the ledger itself gives to rows; they stand in the acknowledgement. */
export const rowCodes = {
  /** Rows of one file use the same reference for different things. */
  conflict: 'DUPLICATE_CONFLICT',
  /** An earlier file used the reference for something else. */
  known: 'REFERENCE_KNOWN',
} as const;
