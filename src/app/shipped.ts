import { fileURLToPath } from 'node:url';

/** What ships with Tidegate and lies at its top: `mappings`, `samples`. */
export const shipped = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
