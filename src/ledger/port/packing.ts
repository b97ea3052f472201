/** How a file is packed that we write, and what lies beside it: as it was agreed when the file got its name. */
export interface PackedAs {
  /** What it adds to the name. */
  suffix: string;
  /** Whether `NAME.sha256` lies beside it. */
  checksum: boolean;
  /** The name of the file that is written last, with `{name}` for that of the file. */
  doneFile: string | null;
  /** Fingerprints of the keys that it is encrypted to and signed with. */
  keys: readonly string[];
}
