/** What rows put into outbound files, compiled: one line in each file that a row belongs to. */
import { z } from 'zod';
import { valueAtPath } from '../base/path.ts';
import { suggestion } from '../base/schema-problems.ts';
import type { Path } from '../base/yaml-source.ts';
import type { CallResult } from '../connectors/port.ts';
import { asText, cellSource, judgedNames } from './answers.ts';
import type { Column } from './column.ts';
import type { Broken, Values } from './columns/types.ts';
import { columnNamed, compilePart, type Found, type Part, type Scope } from './expressions.ts';
import { maskDocument, personalFields } from './mask.ts';
import type { FileSpec } from './schema.ts';
import type { CompiledFile, FileCells, PlannedLine } from './types.ts';

/** A file as a row is asked about it. */
export interface FilePlan {
  file: string;
  /** `null` when the row does not belong into it. */
  line(values: Values, found: Found): PlannedLine | null;
  /** What is wrong with the value that splits the file, and where it comes from; `null` when the row may go in. */
  broken(values: Values, found: Found): { column: Column | undefined; broken: Broken } | null;
}

export interface FileDraft {
  plan: FilePlan;
  compiled: CompiledFile;
}

/** A column of a file: what the row gives, or what is told later. */
interface FileColumn {
  name: string;
  part: Part | null;
  read: { name: string; path: string } | null;
  answer: ((result: CallResult) => string) | null;
}

/** It becomes a part of a file name. */
const splitPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;
const cellText = z.string();

/**
 * @param reads names of those that the action makes
 * @param calls whether the action makes a call, whose answer can be told
 */
export function compileFiles(
  scope: Scope,
  path: Path,
  files: Readonly<Record<string, FileSpec>>,
  reads: readonly string[],
  calls: boolean,
): FileDraft[] {
  return Object.entries(files).map(([name, spec]) =>
    compileFile(scope, [...path, name], name, spec, reads, calls),
  );
}

function compileFile(
  scope: Scope,
  path: Path,
  file: string,
  spec: FileSpec,
  reads: readonly string[],
  calls: boolean,
): FileDraft {
  const columns = Object.entries(spec.columns).map(([name, cell]) =>
    compileColumn(scope, [...path, 'columns', name], name, cell, reads, calls),
  );
  const split = spec.split ? compilePart(scope, [...path, 'split'], spec.split, cellText) : null;
  const belongs = compileWhen(scope, [...path, 'when'], spec.when);
  const masks = personalFields(
    columns.map(({ name, part }) => ({ field: [name], columns: part?.columns ?? [] })),
  );
  return {
    plan: {
      file,
      line(values, found) {
        if (!belongs(values)) return null;
        const line = { file, split: textOf(split, values, found), cells: cellsOf(columns, values, found) };
        return spec.namedIn === undefined ? line : { ...line, namedIn: spec.namedIn };
      },
      broken(values, found) {
        if (!split || !belongs(values)) return null;
        const broken = brokenSplit(textOf(split, values, found), split);
        return broken && { column: split.columns[0], broken };
      },
    },
    compiled: {
      name: file,
      columns: columns.map(({ name }) => name),
      splits: split !== null,
      withReads: (line, given) =>
        filled(line, columns, ({ read }) => read && plain(asText(valueAtPath(given[read.name], read.path)))),
      withAnswer: (line, result) =>
        filled(line, columns, ({ answer }) => result && answer && plain(answer(result))),
      mask: (cells) => maskDocument(masks, cells) as FileCells,
    },
  };
}

function compileColumn(
  scope: Scope,
  path: Path,
  name: string,
  cell: FileSpec['columns'][string],
  reads: readonly string[],
  calls: boolean,
): FileColumn {
  const column: FileColumn = { name, part: null, read: null, answer: null };
  const { source } = scope;
  if ('answer' in cell) {
    if (!calls) source.report(path, 'the action makes no call, so there is no answer');
    if (cell.answer.startsWith('$') && !judgedNames.includes(cell.answer))
      source.report(
        [...path, 'answer'],
        `"${cell.answer}" is not known`,
        suggestion(cell.answer, judgedNames),
      );
    return { ...column, answer: cellSource(cell.answer) };
  }
  if ('read' in cell) {
    if (!reads.includes(cell.read))
      source.report([...path, 'read'], `no read "${cell.read}" is made`, suggestion(cell.read, reads));
    return { ...column, read: { name: cell.read, path: cell.path } };
  }
  return { ...column, part: compilePart(scope, path, cell, cellText) };
}

function compileWhen(scope: Scope, path: Path, when: FileSpec['when']): (values: Values) => boolean {
  if (!when) return () => true;
  const column = columnNamed(scope, [...path, 'column'], when.column);
  if (!column) return () => false;
  const { index } = column;
  const wanted = when.is && new Set(when.is);
  return (values) => {
    const value = values[index];
    return value !== undefined && (wanted === undefined || wanted.has(value));
  };
}

function brokenSplit(text: string, { says }: Part): Broken | null {
  if (text === '') return { rule: `${says} says into which file the line goes`, fix: 'fill it in' };
  if (splitPattern.test(text)) return null;
  const rule = 'at most 40 letters, digits, hyphens and underscores, since a file is named by it';
  return { rule, fix: 'correct the value' };
}

/** What others tell may hold anything; a line of the file stays one line. What the row gives was checked by its column. */
const plain = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

const textOf = (part: Part | null, values: Values, found: Found): string => {
  const value = part?.evaluate(values, found);
  return typeof value === 'string' ? value : '';
};

function cellsOf(columns: readonly FileColumn[], values: Values, found: Found): FileCells {
  const cells: Record<string, string> = {};
  for (const { name, part } of columns) {
    const text = textOf(part, values, found);
    if (text !== '') cells[name] = text;
  }
  return cells;
}

function filled(
  line: PlannedLine,
  columns: readonly FileColumn[],
  textFor: (column: FileColumn) => string | null | undefined,
): PlannedLine {
  const cells: Record<string, string> = { ...line.cells };
  for (const column of columns) {
    const text = textFor(column);
    if (text) cells[column.name] = text;
  }
  return { ...line, cells };
}
