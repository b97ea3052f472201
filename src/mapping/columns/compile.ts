/** From a column's rule to its compiled type. */
import type { ColumnSpec } from '../schema.ts';
import { countryType, currencyType, deviceIdType } from './codes.ts';
import { fileType } from './file.ts';
import { booleanType, decimalType, integerType } from './number.ts';
import { phoneType } from './phone.ts';
import { codeType, emailType, textType } from './text.ts';
import { dateTimeType, dateType } from './time.ts';
import type { CellType } from './types.ts';

/** @param indexOf index of a column by name, for types that depend on another column */
export function compileType(spec: ColumnSpec, indexOf: (column: string) => number): CellType {
  switch (spec.type) {
    case 'text':
      return textType(spec);
    case 'code':
      return codeType(spec);
    case 'integer':
      return integerType(spec);
    case 'decimal':
      return decimalType(spec);
    case 'date':
      return dateType(spec);
    case 'date-time':
      return dateTimeType(spec);
    case 'email':
      return emailType();
    case 'country':
      return countryType(spec);
    case 'currency':
      return currencyType();
    case 'device-id':
      return deviceIdType(spec);
    case 'boolean':
      return booleanType(spec);
    case 'file':
      return fileType(spec);
    case 'phone': {
      if ('value' in spec.country) {
        const constant = spec.country.value;
        return phoneType(spec, () => constant);
      }
      const index = indexOf(spec.country.column);
      return { ...phoneType(spec, (values) => values[index]), dependsOn: index };
    }
  }
}

/** Trimming and collapsing as the column asks; an empty result means that the cell is empty. */
export function normaliser(spec: ColumnSpec): (raw: string) => string {
  if (spec.collapse) return (raw) => raw.trim().replace(/\s{2,}|[^\S ]/g, ' ');
  return spec.trim ? (raw) => raw.trim() : (raw) => raw;
}
