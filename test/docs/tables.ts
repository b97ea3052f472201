/** The cells of all tables whose first column has this heading; code in the first cell comes without its backticks. */
export function cellsOf(page: string, heading: string): string[][] {
  const rows: string[][] = [];
  let inside = false;
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) inside = false;
    else if (line.startsWith(`| ${heading} |`)) inside = true;
    else if (inside && !line.startsWith('|---')) rows.push(cells(line));
  }
  return rows;
}

function cells(line: string): string[] {
  const [first = '', ...rest] = line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
  return [first.replaceAll('`', ''), ...rest];
}
