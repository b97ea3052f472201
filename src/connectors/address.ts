import { TidegateError } from '../base/errors.ts';
import { isLoopback } from '../base/loopback.ts';

export interface Address {
  origin: string;
  /** Without a final slash; stays in front of every path. */
  basePath: string;
  local: boolean;
}

/** https, unless it is loopback; nothing secret in it. Fails with `CONFIG_INVALID`. */
export function parseAddress(system: string, text: string): Address {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '')
    throw invalid(system, 'the base address is not a plain address', 'for example https://host.example');
  const local = isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    throw invalid(system, 'the base address is not https', 'an address that starts with https://');
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, ''), local };
}

const invalid = (system: string, problem: string, expected: string): TidegateError =>
  new TidegateError('CONFIG_INVALID', problem, { subject: `${system} baseUrl`, expected });
