/** Counts by name. */
export class Tally extends Map<string, number> {
  add(name: string): number {
    const count = (this.get(name) ?? 0) + 1;
    this.set(name, count);
    return count;
  }
}
