/** Messages go out beside the work: one flush at a time, and at most one more behind it for what was raised meanwhile. */
export interface Teller {
  /** Resolves when everything that is on record by now was tried. */
  tell(): Promise<void>;
}

/** @param flush never throws */
export function createTeller(flush: () => Promise<void>): Teller {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    next = null;
    running = flush().finally(() => {
      running = null;
    });
    return running;
  };
  return {
    tell() {
      if (!running) return start();
      next ??= running.then(start);
      return next;
    },
  };
}
