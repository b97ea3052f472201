/** Histories of a folder, as listings show them, against what really happened to its files. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gate, type Sightings } from '../../src/exchange/gate.ts';

const names = ['a.csv', 'b.csv'] as const;
type Name = (typeof names)[number];

const restMs = 1000;
const when = { kind: 'stable' as const, forMs: restMs };

/** What happens between two listings. */
type Happening =
  | { kind: 'write'; name: Name; size: number; touches: boolean }
  | { kind: 'remove'; name: Name }
  | { kind: 'set the clock'; by: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    name: fc.constantFrom(...names),
    // Few sizes, so that a file comes back to one that it had before.
    size: fc.integer({ min: 0, max: 2 }),
    touches: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('set the clock' as const), by: fc.integer({ min: -5000, max: 5000 }) }),
);
const round = fc.record({ passes: fc.nat(700), happenings: fc.array(happening, { maxLength: 2 }) });
const history = fc.array(round, { minLength: 1, maxLength: 30 });

interface File {
  size: number;
  modifiedAt: number;
}

/** The folder, and for each file since when, by a clock that nobody sets, all listings have shown it as it is. */
class Folder {
  readonly files = new Map<Name, File>();
  readonly #shown = new Map<Name, File & { since: number }>();

  happen(what: Happening, now: number): void {
    if (what.kind === 'remove') this.files.delete(what.name);
    if (what.kind !== 'write') return;
    const before = this.files.get(what.name);
    this.files.set(what.name, {
      size: what.size,
      modifiedAt: what.touches || !before ? now : before.modifiedAt,
    });
  }

  list(now: number) {
    for (const name of names) {
      const [file, shown] = [this.files.get(name), this.#shown.get(name)];
      if (!file) this.#shown.delete(name);
      else if (shown?.size !== file.size || shown.modifiedAt !== file.modifiedAt)
        this.#shown.set(name, { ...file, since: now });
    }
    return [...this.files].map(([name, file]) => ({ name, kind: 'file' as const, ...file }));
  }

  restedMs(name: Name, now: number): number {
    return now - (this.#shown.get(name)?.since ?? now);
  }
}

function replay(
  rounds: readonly { passes: number; happenings: readonly Happening[] }[],
  look: (folder: Folder, ready: readonly string[], elapsed: number, isSteady: boolean) => void,
): void {
  const folder = new Folder();
  let sightings: Sightings = new Map();
  let [elapsed, offset, steadySince] = [0, 1_000_000, 0];
  for (const { passes, happenings } of rounds) {
    elapsed += passes;
    for (const what of happenings) {
      folder.happen(what, elapsed);
      if (what.kind !== 'set the clock') continue;
      offset += what.by;
      steadySince = elapsed + offset;
    }
    const listed = folder.list(elapsed);
    const all = new Set(listed.map(({ name }) => name));
    const gated = gate(listed, all, when, sightings, { now: elapsed + offset, steadySince });
    sightings = gated.sightings;
    expect([...gated.ready, ...gated.notYet].map(({ name }) => name).sort()).toEqual([...all].sort());
    look(
      folder,
      gated.ready.map(({ name }) => name),
      elapsed,
      steadySince === 0,
    );
  }
}

describe('the stable-file gate', () => {
  it('lets no file pass before every listing of a whole rest has shown it alike, whoever sets the clock', () => {
    fc.assert(
      fc.property(history, (rounds) => {
        replay(rounds, (folder, ready, elapsed) => {
          for (const name of names)
            if (ready.includes(name)) expect(folder.restedMs(name, elapsed)).toBeGreaterThanOrEqual(restMs);
        });
      }),
      { numRuns: 3000 },
    );
  });

  it('lets every file pass that has rested, as long as nobody sets the clock', () => {
    const steady = history.map((rounds) =>
      rounds.map(({ passes, happenings }) => ({
        passes,
        happenings: happenings.filter(({ kind }) => kind !== 'set the clock'),
      })),
    );
    fc.assert(
      fc.property(steady, (rounds) => {
        replay(rounds, (folder, ready, elapsed, isSteady) => {
          expect(isSteady).toBe(true);
          const rested = [...folder.files.keys()].filter((name) => folder.restedMs(name, elapsed) >= restMs);
          expect(ready.toSorted()).toEqual(rested.sort());
        });
      }),
      { numRuns: 2000 },
    );
  });
});
