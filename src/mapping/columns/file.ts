/** Names of files that come beside the CSV. */
import type { ColumnOf } from '../schema.ts';
import type { CellType } from './types.ts';

/** No path, nothing hidden, nothing that a program or a spreadsheet takes for something else. */
const plainName = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]*[\p{L}\p{N}_-])?\.(?<ending>[A-Za-z0-9]+)$/u;
const mostBytes = 200;

export function fileType({ endings }: ColumnOf<'file'>): CellType {
  const listed = endings.map((ending) => `.${ending}`).join(', ');
  const broken = {
    rule: `a plain file name that ends in ${listed}`,
    fix: `name the file alone, without folders, in letters, digits, blanks, dots, dashes and underscores, e.g. photo-1.${endings[0]}`,
  };
  const known = new Set(endings.map((ending) => ending.toLowerCase()));
  return {
    kind: 'text',
    read(text) {
      const ending = plainName.exec(text)?.groups?.['ending'];
      if (ending === undefined || Buffer.byteLength(text) > mostBytes) return broken;
      return known.has(ending.toLowerCase()) ? text : broken;
    },
  };
}
