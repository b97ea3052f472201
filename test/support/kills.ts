/** The environment of a child that is killed when it comes to a point; see `src/base/boundary.ts`. */
export const killedAt = (point: string): Record<string, string> => {
  const hook = `globalThis[Symbol.for('tidegate.boundary')] = (at) => { if (at === '${point}') process.kill(process.pid, 'SIGKILL'); }`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
};
