import { TidegateError } from '../base/errors.ts';
import type { Arrival } from '../ledger/port.ts';
import { inspectName } from '../remote/names.ts';
import { joinPath } from './file-names.ts';
import type { InboundFeed, InboundPorts } from './types.ts';

/** claimed → fetched: the bytes are on our disk, hashed and verified; or the file is refused by its name, or gone. */
export async function fetchSource(
  arrival: Arrival,
  feed: InboundFeed,
  ports: InboundPorts,
): Promise<Arrival> {
  const { ledger, remote, spool, clock } = ports;
  const verdict = inspectName(arrival.name);
  if (!verdict.safe) {
    const problem = { code: 'NAME_HOSTILE', message: verdict.why, line: null, column: null };
    const expected = `a name like ${feed.nameExample}`;
    return ledger.quarantined(arrival, { ...problem, expected, fix: verdict.fix }, feed.mapping, clock.now());
  }
  const local = spool.source(arrival.id);
  await spool.discard(local);
  try {
    const got = await remote.fetch(joinPath(arrival.folder, arrival.name), local, feed.limits.maxBytes);
    if (got.bytes !== arrival.size) return await withdraw('its size changed after it was listed');
    return await ledger.fetched(arrival, got, clock.now());
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    if (error.code === 'REMOTE_MISSING') return withdraw('it vanished before it was read');
    if (error.code === 'REMOTE_CHANGED') return withdraw('it changed while it was read');
    if (error.code !== 'FILE_TOO_LARGE') throw error;
    const { code, message, expected = '', fix = '' } = error;
    return ledger.quarantined(
      arrival,
      { code, message, line: null, column: null, expected, fix },
      feed.mapping,
      clock.now(),
    );
  }

  async function withdraw(why: string): Promise<Arrival> {
    await spool.discard(local);
    return ledger.withdrawn(arrival, why, clock.now());
  }
}
