/** Counts by name. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(name: string): number {
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    return count;
  }

  clear(): void {
    this.counts.clear();
  }
}
