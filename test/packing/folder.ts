import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPacker } from '../../src/packing/pack.ts';
import type { PackSpec, UnpackLimits, UnpackSpec } from '../../src/packing/port.ts';
import { openUnpacker } from '../../src/packing/unpack.ts';

const never = new AbortController().signal;

/** A folder to pack and unpack in. */
export async function packingFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-packing-'));
  let count = 0;
  const next = (): string => join(folder, `file-${++count}`);
  const put = async (content: Buffer | string): Promise<string> => {
    const path = next();
    await writeFile(path, content);
    return path;
  };
  return {
    put,
    async packed(content: Buffer | string, spec: PackSpec, now = Date.now): Promise<Buffer> {
      const into = next();
      await (await openPacker(spec, now)).pack(await put(content), into, never);
      return readFile(into);
    },
    /** The content; a refusal leaves nothing behind. */
    async unpacked(
      bytes: Buffer | string,
      spec: UnpackSpec,
      limits: Partial<UnpackLimits> = {},
    ): Promise<Buffer> {
      const [from, into] = [await put(bytes), next()];
      const before = await readdir(folder);
      const unpacker = await openUnpacker(spec, Date.now);
      const work = unpacker.unpack(from, into, 'Sales.csv', { maxBytes: 1e9, signal: never, ...limits });
      try {
        await work;
      } catch (error) {
        const left = (await readdir(folder)).filter((name) => !before.includes(name));
        if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`, { cause: error });
        throw error;
      }
      return readFile(into);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
