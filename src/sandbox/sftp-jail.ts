import { realpath } from 'node:fs/promises';
import { posix } from 'node:path';

/** Keeps a user inside a root folder, whatever `..` and symbolic links say. Answers with local paths. */
export class Jail {
  readonly #root: string;

  /** @param root an existing folder */
  static async at(root: string): Promise<Jail> {
    return new Jail(await realpath(root));
  }

  private constructor(root: string) {
    this.#root = root;
  }

  /** The path as the user sees it: absolute, without `.` and `..`. */
  normalize(path: string): string {
    return posix.resolve('/', path);
  }

  /** The entry itself; if it is a symbolic link, the link. Its folder must exist. */
  async entry(path: string): Promise<string> {
    const inside = this.normalize(path);
    if (inside === '/') return this.#root;
    return posix.join(await this.#real(posix.dirname(inside)), posix.basename(inside));
  }

  /** What the path leads to, links followed; the last part may be missing. */
  async target(path: string): Promise<string> {
    const entry = await this.entry(path);
    return this.#real(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return entry;
      throw error;
    });
  }

  async #real(path: string): Promise<string> {
    const real = await realpath(posix.join(this.#root, this.normalize(path)));
    if (real === this.#root || real.startsWith(`${this.#root}/`)) return real;
    throw Object.assign(new Error('outside of the root'), { code: 'EACCES' });
  }
}
