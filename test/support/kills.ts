/** The environment of a child that is killed when it comes to a point for the n-th time; see `src/base/boundary.ts`. */
export const killedAt = (point: string, nth = 1): Record<string, string> => {
  const hook = `let seen = 0; globalThis[Symbol.for('tidegate.boundary')] = (at) => { if (at === '${point}' && ++seen === ${nth}) process.kill(process.pid, 'SIGKILL'); }`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
};
