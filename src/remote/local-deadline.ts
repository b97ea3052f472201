/**
 * A call to a mount whose server is gone does not come back, and nothing can cut it off; it keeps one of the few threads that do all file work of the process. So every
 * call has a deadline, and while one is stuck no other is begun.
 */
import { TidegateError } from '../base/errors.ts';
import type { Permit } from '../base/permit.ts';
import { shown } from './errors.ts';
import type { Files } from './files.ts';

/** Does `work` within the deadline. Work that is given up goes on, if it ever does, without leave to rename or remove: `leave` throws then. */
export type Guard = <T>(path: string, work: (leave: Permit) => Promise<T>) => Promise<T>;

export function guardAgainstHanging(deadlineMs: number): Guard {
  let stuck = 0;
  return async (path, work) => {
    const hanging = new TidegateError(
      'REMOTE_DEADLINE',
      `the file system gave no answer for ${deadlineMs} ms`,
      {
        subject: shown(path),
        fix: 'Look at the mount of this folder; it is tried again once the call that hangs has come back.',
        retry: 'later',
      },
    );
    if (stuck > 0) throw hanging;
    let givenUp = false;
    const leave = (): void => {
      if (givenUp) throw hanging;
    };
    const working = work(leave);
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      givenUp = true;
      stuck++;
      const back = (): void => void stuck--;
      working.then(back, back);
      deadline.reject(hanging);
    }, deadlineMs);
    return Promise.race([working, deadline.promise]).finally(() => clearTimeout(timer));
  };
}

/** The same operations under the guard; of a transfer, every piece. */
export function guarded(files: Files, guard: Guard): Files {
  const both =
    (leave: Permit, permit: Permit): Permit =>
    () => {
      leave();
      permit();
    };
  return {
    list: (folder) => guard(folder, () => files.list(folder)),
    stat: (path) => guard(path, () => files.stat(path)),
    async *read(path, size) {
      const pieces = files.read(path, size)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = await guard(path, () => pieces.next());
          if (done) return;
          yield value;
        }
      } finally {
        await guard(path, async () => void (await pieces.return?.())).catch(() => undefined);
      }
    },
    // Its pieces come from the spool of this machine; a write that hangs keeps the whole from ending.
    create: (path, content) => guard(path, () => files.create(path, content)),
    rename: (from, to, permit) => guard(to, (leave) => files.rename(from, to, both(leave, permit))),
    makeFolder: (path) => guard(path, () => files.makeFolder(path)),
    unlink: (path, permit) => guard(path, (leave) => files.unlink(path, both(leave, permit))),
    discard: (path, permit) =>
      guard(path, (leave) => files.discard(path, both(leave, permit))).catch(() => undefined),
    close: () => files.close(),
  };
}
