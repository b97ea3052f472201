/** Whether a file could have a name that two patterns of reply names take. Pure. */

const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const all = `${letters}${digits}-_.`;

/** Some of these characters: one, or any number. */
interface Part {
  of: string;
  many: boolean;
}

const one = (of: string): Part => ({ of, many: false });
const date = Array<Part>(8).fill(one(digits));
const dateAndTime = [...date, one('_'), ...Array<Part>(6).fill(one(digits))];

/** What stands for a part of a name, in its variants. */
const standing: Readonly<Record<string, readonly (readonly Part[])[]>> = {
  '{stamp}': [date, dateAndTime],
  '{split}': [[one(letters + digits), { of: `${letters}${digits}-_`, many: true }]],
  '*': [[{ of: all, many: true }]],
};

/** @param patterns with `{stamp}`, `{split}` and `*`; a name is the same in whatever case it is written */
export function namesOverlap(...patterns: readonly [string, string]): boolean {
  const [left, right] = patterns.map(variants);
  return (left ?? []).some((one) => (right ?? []).some((other) => meet(one, other)));
}

const variants = (pattern: string): readonly Part[][] =>
  pattern
    .toLowerCase()
    .split(/(\{stamp\}|\{split\}|\*)/)
    .map((text) => standing[text] ?? [[...text].map(one)])
    .reduce<Part[][]>(
      (before, choices) => before.flatMap((parts) => choices.map((choice) => [...parts, ...choice])),
      [[]],
    );

/** Whether some text fits both. */
function meet(left: readonly Part[], right: readonly Part[]): boolean {
  const known = new Map<string, boolean>();
  const from = (l: number, r: number): boolean => {
    const key = `${l} ${r}`;
    const found = known.get(key) ?? step(l, r);
    known.set(key, found);
    return found;
  };
  const step = (l: number, r: number): boolean => {
    const [a, b] = [left[l], right[r]];
    if (!a && !b) return true;
    if ((a?.many && from(l + 1, r)) || (b?.many && from(l, r + 1))) return true;
    // Two that stand for anything have nothing more in common than what was tried.
    if (!a || !b || (a.many && b.many) || !share(a, b)) return false;
    return from(a.many ? l : l + 1, b.many ? r : r + 1);
  };
  return from(0, 0);
}

const share = (a: Part, b: Part): boolean => [...a.of].some((character) => b.of.includes(character));
