/** Stands among the columns of a sent file for the number of the line. */
export const LINE = '$line';

/** What of an agreement has to be on record of a file before it leaves. */
export interface SentAgreement {
  /** That of the agreement. */
  name: string;
  match: readonly { sent: string }[];
}
