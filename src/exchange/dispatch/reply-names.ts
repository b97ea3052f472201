/** Names of replies, such as `SalesAck_{stamp}*.csv`. Pure. */
import type { ReplyName } from './types.ts';

const parts: Readonly<Record<string, string>> = {
  '{stamp}': String.raw`(?<stamp>\d{8}(?:_\d{6})?)`,
  '{split}': '(?<split>[A-Za-z0-9][A-Za-z0-9_-]*?)',
  '*': '.*',
};

/** @param pattern with `{stamp}` and `{split}` as in the sent file, and `*` for anything */
export function replyNames(pattern: string): (name: string) => ReplyName | null {
  const source = pattern
    .split(/(\{stamp\}|\{split\}|\*)/)
    .map((part) => parts[part] ?? part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  const whole = new RegExp(`^${source}$`, 'i');
  return (name) => {
    const found = whole.exec(name);
    return found && { stamp: found.groups?.['stamp'] ?? null, split: found.groups?.['split'] ?? null };
  };
}
