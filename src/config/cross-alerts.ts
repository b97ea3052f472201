/** Whether routes, the digest and contacts of partners name what is there, and whom their channel can reach. */
import { TidegateError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Path } from './description.ts';
import type { Merged } from './merge.ts';
import type { ParsedConfig } from './types.ts';

/** The name of the channel that the section `mail` is. */
export const mailSection = 'mail';

type Recipient = ParsedConfig['alerts']['routes'][number]['to'][number];

/** What one of a channel looks like, and whether this one does. */
const fitting = {
  email: { word: 'mail addresses', fits: (one: Recipient) => typeof one !== 'string' },
  sms: { word: 'telephone numbers', fits: (one: Recipient) => typeof one === 'string' },
} as const;

export function alertTrouble(config: ParsedConfig, merged: Merged): TidegateError[] {
  const { channels, routes, digest } = config.alerts;
  const kinds = new Map(Object.entries(channels).map(([name, { kind }]) => [name, kind]));
  const taken = config.mail && kinds.has(mailSection);
  if (config.mail) kinds.set(mailSection, 'email');
  const places = [
    ...routes.map((route, index) => ({ ...route, path: ['alerts', 'routes', index] as Path })),
    ...(digest ? [{ ...digest, path: ['alerts', 'digest'] as Path }] : []),
  ];
  const contacts = Object.entries(config.partners).flatMap(([partner, entry]) =>
    entry.contacts ? [{ ...entry.contacts, path: ['partners', partner, 'contacts'] as Path }] : [],
  );
  return [
    ...(taken ? [nameTaken(merged)] : []),
    ...places.flatMap((place) => placeTrouble(place, kinds, merged)),
    ...contacts.flatMap((place) => placeTrouble(place, kinds, merged, 'email')),
    ...routes.flatMap((route, index) => [
      ...unknown(route.partners, config.partners, 'partner', ['alerts', 'routes', index, 'partners'], merged),
      ...unknown(route.feeds, config.feeds, 'feed', ['alerts', 'routes', index, 'feeds'], merged),
    ]),
  ];
}

const nameTaken = (merged: Merged): TidegateError =>
  new TidegateError('CONFIG_INVALID', 'the section mail is the channel of that name already', {
    place: merged.locate(['alerts', 'channels', mailSection], 'key'),
    fix: 'Give the channel another name, or leave out the section mail.',
  });

function placeTrouble(
  { channel, to, path }: { channel: string; to: readonly Recipient[]; path: Path },
  kinds: ReadonlyMap<string, 'email' | 'sms' | 'webhook'>,
  merged: Merged,
  only?: 'email',
): TidegateError[] {
  const kind = kinds.get(channel);
  const place = merged.locate([...path, 'channel'], 'value');
  const trouble = (problem: string, advice: { expected?: string; fix?: string }) => [
    new TidegateError('CONFIG_INVALID', problem, { place, ...advice }),
  ];
  if (kind === undefined) {
    const guess = nearest(channel, [...kinds.keys()]);
    return trouble(`there is no channel named ${channel}`, {
      ...(kinds.size > 0 && { expected: `one of ${[...kinds.keys()].join(', ')}` }),
      fix:
        guess !== undefined
          ? `Did you mean ${guess}?`
          : channel === mailSection
            ? 'Add the section mail, or name a channel.'
            : `Add ${channel} to alerts.channels.`,
    });
  }
  if (only && kind !== only)
    return trouble(`${channel} is no channel for mail`, { expected: 'a channel for mail' });
  if (kind === 'webhook') {
    return to.length === 0
      ? []
      : trouble(`${channel} is a webhook, which has no recipients`, { fix: 'Leave out to.' });
  }
  const { word, fits } = fitting[kind];
  if (to.length > 0 && to.every(fits)) return [];
  return trouble(`${channel} needs ${word} to tell`, { expected: `to with ${word}` });
}

function unknown(
  names: readonly string[] | null,
  there: Readonly<Record<string, unknown>>,
  kind: string,
  path: Path,
  merged: Merged,
): TidegateError[] {
  return (names ?? []).flatMap((name, index) => {
    if (Object.hasOwn(there, name)) return [];
    const guess = nearest(name, Object.keys(there));
    return [
      new TidegateError('CONFIG_INVALID', `there is no ${kind} named ${name}`, {
        place: merged.locate([...path, index], 'value'),
        fix: guess === undefined ? `Add ${name} to ${kind}s.` : `Did you mean ${guess}?`,
      }),
    ];
  });
}
