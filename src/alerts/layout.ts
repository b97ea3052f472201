/** How the text of a notice is laid out: readable in any mail program, also where nobody renders anything. */
import { oneLine } from './text.ts';

/** A name and what is to be said; left out when there is nothing to say. */
export type Fact = readonly [name: string, value: string];

export interface Parts {
  happened: string;
  facts: readonly Fact[];
  list?: { title: string; items: readonly string[] };
  next: readonly string[];
  command: string;
}

const nameWidth = 10;

export function layOut({ happened, facts, list, next, command }: Parts): string {
  const told = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(nameWidth)}${oneLine(value)}`);
  const listed = list && list.items.length > 0 ? [`${list.title}:\n${indented(list.items)}`] : [];
  const paragraphs = [
    oneLine(happened),
    told.join('\n'),
    ...listed,
    `What happens next:\n${indented(next)}`,
    `To look closer:\n${indented([command])}`,
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${oneLine(line)}`).join('\n');
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** To the minute: the log has it finer. */
export function utc(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
