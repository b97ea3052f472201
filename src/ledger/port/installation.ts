/** An inbound folder that this installation holds: no other one works on the files in it. */
export interface HeldFolder {
  partner: string;
  folder: string;
  /** Name of the file in the folder that tells others. */
  marker: string;
  since: number;
  /** When a person took the folder from another installation. */
  adoption: { by: string; because: string } | null;
}

/** All processes that work on one ledger. */
export interface InstallationLedger {
  /** Random, made once; 12 hex digits. A copy of a ledger has another one. */
  readonly installation: string;
  /** Proves that the ledger takes what is written; changes nothing. */
  proveWritable(): Promise<void>;
  heldFolders(): Promise<HeldFolder[]>;
  /** Takes or renews the hold, unless another process changed it meanwhile. @param instead the marker held so far, `null` for none */
  holdFolder(held: HeldFolder, instead: string | null): Promise<boolean>;
}
