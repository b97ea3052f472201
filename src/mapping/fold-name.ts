/** Letter case and runs of blanks do not tell two names apart. */
export const foldName = (name: string): string => name.trim().replace(/\s+/g, ' ').toUpperCase();
