/** The addresses that `from=` of an authorized key takes. */
import { isIP } from 'node:net';
import { TidegateError } from '../base/errors.ts';

/**
 * An address, or a network like `203.0.113.0/24`, as sshd wants it. Fails for anything else, and for a network with bits behind its mask: sshd takes
 * such a list for broken and lets nobody in.
 */
export function allowedAddress(text: string): string {
  const [address = '', length, ...more] = text.split('/');
  const bits = bitsOf(address);
  const fits = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits.length);
  if (bits === '' || !fits || more.length > 0)
    throw refused(text, 'an IP address or network, for example 203.0.113.0/24');
  if (length === undefined || !bits.slice(Number(length)).includes('1')) return text;
  throw refused(text, `a network without bits behind its mask, or the address alone: ${address}`);
}

/** Empty when it is no address. */
function bitsOf(address: string): string {
  if (isIP(address) === 4) return address.split('.').map(binary(8)).join('');
  if (isIP(address) !== 6 || address.includes('%')) return '';
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [first, last] = [head, tail].map((side) => side.split(':').filter((group) => group !== ''));
  const groups = [...(first ?? []), ...(last ?? [])];
  const zeros = Array.from({ length: 8 - groups.length }, () => '0');
  const all = [...(first ?? []), ...zeros, ...(last ?? [])];
  return all.map((group) => binary(16)(String(Number.parseInt(group, 16)))).join('');
}

const binary =
  (width: number) =>
  (number: string): string =>
    Number(number).toString(2).padStart(width, '0');

const refused = (text: string, expected: string): TidegateError =>
  new TidegateError('USAGE', `"${text}" is no address that sshd takes`, { subject: '--from', expected });
