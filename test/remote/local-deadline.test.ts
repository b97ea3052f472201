/** A mount that hangs, played by file operations that do not come back until they are told to. */
import { afterEach, expect, test, vi } from 'vitest';
import { always } from '../../src/base/permit.ts';
import type { Files } from '../../src/remote/files.ts';
import { guardAgainstHanging, guarded } from '../../src/remote/local-deadline.ts';

const late = expect.objectContaining({ code: 'REMOTE_DEADLINE', retry: 'later' });
const gates: (() => void)[] = [];
afterEach(() => {
  for (const open of gates.splice(0)) open();
});

/** Resolves when the mount is back. */
function hang(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  gates.push(resolve);
  return promise;
}

function mount(over: Partial<Files>): Files & { begun: string[] } {
  const begun: string[] = [];
  const files: Files = {
    list: async () => [],
    stat: async (path) => void begun.push(path) as never,
    async *read() {
      yield Buffer.from('one');
    },
    create: async () => undefined,
    rename: async () => undefined,
    makeFolder: async () => undefined,
    unlink: async () => undefined,
    discard: async () => undefined,
    close: async () => undefined,
    ...over,
  };
  return { begun, ...guarded(files, guardAgainstHanging(50)) };
}

test('a call that hangs meets the deadline, and no other is begun until it has come back', async () => {
  const files = mount({ list: () => hang().then(() => []) });
  await expect(files.list('/in')).rejects.toEqual(late);
  await expect(files.stat('/in/a')).rejects.toEqual(late);
  expect(files.begun).toEqual([]);
  for (const open of gates.splice(0)) open();
  await vi.waitFor(() => files.stat('/in/a'));
  expect(files.begun).toEqual(['/in/a']);
});

test('a read that hangs in the middle gives what has come, and then fails', async () => {
  const files = mount({
    async *read() {
      yield Buffer.from('one');
      await hang();
    },
  });
  const seen: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const piece of files.read('/in/a', 10)) seen.push(piece.toString());
  };
  await expect(reading()).rejects.toEqual(late);
  expect(seen).toEqual(['one']);
});

test('a rename that comes back after it was given up removes nothing any more', async () => {
  const steps: string[] = [];
  const files = mount({
    async rename(_from, _to, permit) {
      permit();
      steps.push('linked');
      await hang();
      steps.push('came back');
      permit();
      steps.push('removed');
    },
  });
  await expect(files.rename('/in/a', '/processed/a', always)).rejects.toEqual(late);
  for (const open of gates.splice(0)) open();
  await vi.waitFor(() => files.stat('/in/a'));
  await vi.waitFor(() => expect(steps).toEqual(['linked', 'came back']));
});
