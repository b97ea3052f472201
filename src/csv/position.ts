const LF = 10;

/** A line and a column of a text, both from 1. Lines end with LF; a column counts UTF-16 units, as editors do. */
export class Position {
  line: number;
  column = 1;

  constructor(line = 1) {
    this.line = line;
  }

  /** Moves behind `text`, which is valid UTF-8. */
  advance(text: Buffer): void {
    let lineStart = 0;
    for (let lf = text.indexOf(LF); lf !== -1; lf = text.indexOf(LF, lineStart)) {
      this.line++;
      this.column = 1;
      lineStart = lf + 1;
    }
    this.column += text.toString('utf8', lineStart).length;
  }
}
