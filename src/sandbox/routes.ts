/** From method and path to the operation that is meant. */

export interface Route {
  operation: string;
  method: string;
  /** `{name}` stands for one part of the path. */
  template: string;
}

export const operationsOf = (routes: readonly Route[]): string[] => [
  ...new Set(routes.map(({ operation }) => operation)),
];

type Found = { operation: string; path: Record<string, string> };

/** The first that fits; 405 when only the method does not, 404 when no path fits. */
export function router(routes: readonly Route[]): (method: string, path: string) => Found | 404 | 405 {
  const compiled = routes.map((route) => ({ ...route, parts: route.template.split('/') }));
  return (method, path) => {
    const asked = path.split('/');
    let known = false;
    for (const { operation, method: right, parts } of compiled) {
      const given = match(parts, asked);
      if (given === null) continue;
      if (method === right) return { operation, path: given };
      known = true;
    }
    return known ? 405 : 404;
  };
}

function match(template: readonly string[], asked: readonly string[]): Record<string, string> | null {
  if (template.length !== asked.length) return null;
  const given: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const text = asked[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== text : text === '') return null;
    if (name !== undefined) given[name] = decodeURIComponent(text);
  }
  return given;
}
