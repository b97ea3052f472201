/** What is known of the partners' servers: found out at the first use, kept in the ledger, found out again when it may no longer hold. */
import type { Clock } from '../base/clock.ts';
import { explain, TidegateError } from '../base/errors.ts';
import type { Ledger } from '../ledger/port.ts';
import type { RemoteFolder, ServerTraits } from '../remote/port.ts';
import { cautiousTraits, serverTraits } from '../remote/traits.ts';
import type { Log } from './log.ts';

const validMs = 7 * 24 * 3_600_000;
/** A server that cannot be tried out is used all the same; only so often is it tried again. */
const pauseMs = 3_600_000;

export interface ServerKnowledge {
  ledger: Pick<Ledger, 'knownServer' | 'rememberServer'>;
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'write'>;
}

/**
 * The folder as one who goes by what its server does: before anything else it is seen to that this is known. A server that cannot be tried out is taken for the
 * most difficult one; nothing fails for that.
 * @param out where hidden files of ours may be made
 */
export function goByServer(
  remote: RemoteFolder,
  partner: string,
  out: string,
  knowledge: ServerKnowledge,
): RemoteFolder {
  let identity = '';
  let probedAt: number | null = null;
  let nextTry = 0;
  let learning: Promise<void> | null = null;

  async function learn(now: number): Promise<void> {
    const { ledger, log } = knowledge;
    const tried = identity;
    try {
      const kept = await stillTrue(ledger, partner, tried, now);
      const traits = kept?.traits ?? (await remote.probe(out));
      // Another server has answered meanwhile: what was found out holds for neither, and the next call tries again.
      if (tried !== identity) return;
      remote.adapt(traits);
      probedAt = kept?.probedAt ?? now;
      // It may have been another process that found it out, while this one's predecessor was killed in the middle of doing so.
      if (kept) return await remote.tidy(out);
      log.write({ level: 'info', fields: { partner, ...fieldsOf(traits) }, text: 'tried out the server' });
      await ledger.rememberServer(partner, { identity: tried, probedAt, traits });
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      if (tried === identity) nextTry = now + pauseMs;
      const text = `what the server does could not be found out or kept: ${explain(error)}`;
      log.write({ level: 'warn', fields: { partner, code: error.code }, text });
    }
  }

  async function know(): Promise<void> {
    // A server that cannot be reached fails here as it would in the call itself, and is not asked twice.
    const seen = await remote.identity();
    if (seen !== identity) {
      [identity, probedAt, nextTry] = [seen, null, 0];
      remote.adapt(cautiousTraits);
    }
    const now = knowledge.clock.now();
    if ((probedAt !== null && isFresh(probedAt, now)) || now < nextTry) return;
    learning ??= learn(now).finally(() => {
      learning = null;
    });
    await learning;
  }

  return after(know, remote);
}

/** Every call waits for `first`, except for the goodbye. */
function after(first: () => Promise<void>, remote: RemoteFolder): RemoteFolder {
  const then =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await first();
      return call(...args);
    };
  return {
    ...remote,
    traits: then(remote.traits),
    list: then(remote.list),
    stat: then(remote.stat),
    fetch: then(remote.fetch),
    put: then(remote.put),
    make: then(remote.make),
    move: then(remote.move),
    remove: then(remote.remove),
    permittedBy: (permit) => after(first, remote.permittedBy(permit)),
  };
}

const isFresh = (probedAt: number, now: number): boolean => now >= probedAt && now - probedAt < validMs;

/** `null` also when another version has written it in its own way. */
async function stillTrue(
  ledger: ServerKnowledge['ledger'],
  partner: string,
  identity: string,
  now: number,
): Promise<{ probedAt: number; traits: ServerTraits } | null> {
  const kept = await ledger.knownServer(partner);
  if (!kept || kept.identity !== identity || !isFresh(kept.probedAt, now)) return null;
  const traits = serverTraits.safeParse(kept.traits).data;
  return traits ? { probedAt: kept.probedAt, traits } : null;
}

const fieldsOf = (traits: ServerTraits): Record<string, string | number | null> =>
  Object.fromEntries(
    Object.entries(traits).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
  );
