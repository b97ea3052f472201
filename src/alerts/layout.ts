/** How the text of a notice is laid out: readable in any mail program, also where nobody renders anything. */
import { oneLine } from './text.ts';

/** A name and what is to be said; left out when there is nothing to say. */
export type Fact = readonly [name: string, value: string];

/** For somebody who has no Tidegate. */
export interface Parts {
  happened: string;
  facts: readonly Fact[];
  list?: { title: string; items: readonly string[] };
  next: readonly string[];
}

export interface OwnParts extends Parts {
  command: string;
}

/** Columns that the name of a fact takes. */
export const factWidth = 10;

export const layOut = ({ command, ...parts }: OwnParts): string =>
  `${layOutFor(parts)}\nTo look closer:\n${indented([command])}\n`;

export function layOutFor({ happened, facts, list, next }: Parts): string {
  const told = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(factWidth)}${oneLine(value)}`);
  const listed = list && list.items.length > 0 ? [`${list.title}:\n${indented(list.items)}`] : [];
  const paragraphs = [oneLine(happened), told.join('\n'), ...listed, `What happens next:\n${indented(next)}`];
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

/** Two units at most: what is exact to the minute after three days is not read. */
export function lasted(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'less than a minute';
  const [hours, days] = [Math.floor(minutes / 60), Math.floor(minutes / 1440)];
  if (hours < 1) return `${minutes} min`;
  if (days < 1) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? plural(days, 'day') : `${plural(days, 'day')} ${hours % 24} h`;
}
