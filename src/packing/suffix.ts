/** What packing adds to file names. Pure. */

/** How PGP files are named by those who make them. */
const pgpSuffixes = ['.pgp', '.gpg', '.asc'] as const;

/** All suffixes that a file packed so may have, the usual one first. */
export function suffixesOf({ gzip, pgp }: { gzip: boolean; pgp: unknown }): string[] {
  const inner = gzip ? '.gz' : '';
  return pgp ? pgpSuffixes.map((suffix) => inner + suffix) : [inner];
}

/**
 * What names of files that come packed so may have behind the common name.
 * @param packing with the suffix that was agreed, if it is not a usual one
 */
export function incomingSuffixes(
  packing: { gzip: boolean; pgp: unknown; suffix: string | null } | null,
): readonly string[] {
  if (!packing) return [''];
  return packing.suffix === null ? suffixesOf(packing) : [packing.suffix];
}

/** The name without its suffix, in whatever case that is written; `null` when it has none of them. */
export function withoutSuffix(name: string, suffixes: readonly string[]): string | null {
  const lower = name.toLowerCase();
  const found = suffixes.find((suffix) => lower.endsWith(suffix.toLowerCase()));
  return found === undefined ? null : name.slice(0, name.length - found.length);
}
