/** The candidate closest to `name` by edit distance, if close enough to be a likely slip; case and separators do not count. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  return nearestOnes(name, candidates, 1)[0];
}

/** As `nearest`, the closest first. */
export function nearestOnes(name: string, candidates: Iterable<string>, most: number): string[] {
  const wanted = fold(name);
  const farthest = Math.max(1, Math.floor(wanted.length / 3));
  return [...candidates]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, fold(candidate)) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

const fold = (text: string): string => text.toLowerCase().replace(/[\s_.-]+/g, '');

/** Two letters in the wrong order are one slip. */
function editDistance(a: string, b: string): number {
  let beforeThat: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (beforeThat[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current[j] = Math.min(substitute, swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
    }
    [beforeThat, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
