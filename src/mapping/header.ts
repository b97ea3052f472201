/** The columns of a mapping, compiled, with names that cannot be mistaken for each other. */
import { IANAZone } from 'luxon';
import { suggestion } from '../base/schema-problems.ts';
import type { YamlSource } from '../base/yaml-source.ts';
import type { Column } from './column.ts';
import { isCountry } from './columns/codes.ts';
import { compileType, normaliser } from './columns/compile.ts';
import type { ColumnSpec, MappingSpec } from './schema.ts';

export function compileColumns(source: YamlSource, spec: MappingSpec): ReadonlyMap<string, Column> {
  const names = Object.keys(spec.columns);
  const taken = new Map<string, string>(names.map((name) => [name, name]));
  const columns = new Map<string, Column>();
  for (const [index, [name, rule]] of Object.entries(spec.columns).entries()) {
    checkColumn(source, spec, name, rule);
    for (const [position, alias] of rule.aliases.entries()) {
      const owner = taken.get(alias);
      if (owner !== undefined) {
        source.report(
          ['columns', name, 'aliases', position],
          `the name "${alias}" already belongs to "${owner}"`,
        );
      }
      taken.set(alias, name);
    }
    const type = compileType(rule, (other) => names.indexOf(other));
    columns.set(name, { name, index, spec: rule, type, normalise: normaliser(rule) });
  }
  return columns;
}

function checkColumn(source: YamlSource, spec: MappingSpec, name: string, rule: ColumnSpec): void {
  const path = ['columns', name];
  if (rule.required && rule.optional) {
    source.report([...path, 'optional'], 'a column that may be missing cannot be required in every row', {
      fix: 'Remove one of the two; list the column under "required" of the actions that need it.',
    });
  }
  if (
    'min' in rule &&
    'max' in rule &&
    rule.min !== undefined &&
    rule.max !== undefined &&
    rule.min > rule.max
  ) {
    source.report([...path, 'min'], '"min" is more than "max"');
  }
  if (rule.type === 'decimal' && rule.group === rule.separator) {
    source.report([...path, 'group'], 'the thousands separator is also the decimal separator');
  }
  if (rule.type === 'date-time' && !IANAZone.isValidZone(rule.zone)) {
    source.report([...path, 'zone'], `"${rule.zone}" is no time zone`, {
      expected: 'UTC or a name like Europe/Berlin',
    });
  }
  if (rule.type === 'phone') checkPhoneCountry(source, spec, name, rule.country);
}

function checkPhoneCountry(
  source: YamlSource,
  spec: MappingSpec,
  name: string,
  country: { column: string } | { value: string },
): void {
  const path = ['columns', name, 'country'];
  if ('value' in country) {
    if (isCountry(country.value)) return;
    source.report([...path, 'value'], `"${country.value}" is no country`, {
      expected: 'an ISO 3166 alpha-2 code',
    });
    return;
  }
  const other = spec.columns[country.column];
  if (other?.type === 'country') return;
  const candidates = Object.keys(spec.columns).filter((one) => spec.columns[one]?.type === 'country');
  const problem = other
    ? `"${country.column}" is no country column`
    : `there is no column "${country.column}"`;
  source.report([...path, 'column'], problem, suggestion(country.column, candidates));
}
