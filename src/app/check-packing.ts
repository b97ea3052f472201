/** What `check` says of packing: which keys are in use, and until when they hold. */
import { explain, TidegateError } from '../base/errors.ts';
import type { Config, FeedConfig, OutboundPackingConfig } from '../config/types.ts';
import type { KnownKey } from '../packing/port.ts';
import { incomingSuffixes } from '../packing/suffix.ts';
import { termsOf } from './agreements.ts';
import { openIncoming, openOwnPacking, openParcel } from './packings.ts';

export interface PackingLine {
  ok: boolean;
  what: string;
  detail: string;
}

/** For everything enabled that is packed. */
export async function* checkPacking(config: Config, now: () => number): AsyncGenerator<PackingLine> {
  for (const feed of Object.values(config.feeds)) {
    if (!feed.enabled) continue;
    if (feed.packing || feed.acknowledgement.packing)
      yield await line(`feed ${feed.name}: packing`, () => feedWords(feed, now));
    for (const [file, { packing }] of Object.entries(feed.files))
      if (packing)
        yield await line(`feed ${feed.name}: file ${file}: packing`, () =>
          outboundWords(`feeds.${feed.name}.files.${file}.packing`, packing, now),
        );
  }
  for (const { name, enabled, packing } of Object.values(config.exports))
    if (enabled && packing)
      yield await line(`export ${name}: packing`, () =>
        outboundWords(`exports.${name}.packing`, packing, now),
      );
  for (const { name, answered } of termsOf(config)) {
    const { packing } = answered;
    if (!packing) continue;
    yield await line(`replies ${name}: packing`, async () => {
      const unpacker = await openIncoming(`replies ${name}: packing`, packing, now);
      return [
        `names end in ${incomingSuffixes(packing).join(' or ')}`,
        ...(unpacker?.keys ?? []).map(keyWords),
      ];
    });
  }
}

async function line(what: string, prove: () => Promise<string[]>): Promise<PackingLine> {
  try {
    return { ok: true, what, detail: (await prove()).join('; ') };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    return { ok: false, what, detail: explain(error) };
  }
}

async function feedWords(feed: FeedConfig, now: () => number): Promise<string[]> {
  const { unpacker, checksum, parcel } = await openOwnPacking(feed, now);
  const keys = [...(unpacker?.keys ?? []), ...(parcel?.packer.keys ?? [])];
  return [
    `names end in .csv${incomingSuffixes(feed.packing).join(' or .csv')}`,
    ...(checksum ? [`${checksum.pattern} ${checksum.required ? 'demanded' : 'checked where it is'}`] : []),
    ...(parcel ? [`answers end in .csv${parcel.packer.suffix}`] : []),
    ...keys.map(keyWords),
  ];
}

async function outboundWords(
  place: string,
  packing: OutboundPackingConfig,
  now: () => number,
): Promise<string[]> {
  const parcel = await openParcel(place, packing, now);
  const beside = [
    ...(packing.checksum ? ['{name}.sha256'] : []),
    ...(packing.doneFile === null ? [] : [packing.doneFile]),
  ];
  return [
    `names end in .csv${parcel?.packer.suffix ?? ''}`,
    ...(beside.length > 0 ? [`with ${beside.join(' and ')}`] : []),
    ...(parcel?.packer.keys ?? []).map(keyWords),
  ];
}

const verbs: Readonly<Record<KnownKey['use'], string>> = {
  decrypt: 'decrypts with',
  verify: 'verifies with',
  encrypt: 'encrypts to',
  sign: 'signs with',
};

function keyWords({ use, fingerprint, expiresAt }: KnownKey): string {
  const until =
    expiresAt === null ? 'does not expire' : `until ${new Date(expiresAt).toISOString().slice(0, 10)}`;
  return `${verbs[use]} ${fingerprint} (${until})`;
}
