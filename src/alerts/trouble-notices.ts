/** Notices about what holds files up, in words: the partner's server, another file, our own storage, a target. Pure. */
import { TidegateError } from '../base/errors.ts';
import type { Arrival, Notice } from '../ledger/port.ts';
import { type Fact, layOut, utc } from './layout.ts';
import { codeOf, errorFacts, hourOf, nextOf, show } from './parts.ts';
import { oneLine } from './text.ts';

export interface TransferTrouble {
  partner: string;
  /** `null` when it is no feed that works. */
  feed: string | null;
  /** The file that is held up; `null` when the trouble came before any. */
  arrival: Pick<Arrival, 'id' | 'name'> | null;
  /** What was being done, as the end of "Tidegate could not …". */
  what: string;
  error: unknown;
  /** Epoch milliseconds. */
  now: number;
}

/** One outage may show itself in either way. */
const causeOf = (error: unknown): string => {
  const code = codeOf(error);
  return code === 'REMOTE_DEADLINE' ? 'REMOTE_UNREACHABLE' : code;
};

/** Trouble with the partner's server: connection, login, host key, reading, writing, moving. */
export function transferFailure({ partner, feed, arrival, what, error, now }: TransferTrouble): Notice {
  const isHostKey = codeOf(error) === 'REMOTE_HOST_KEY';
  // A short message has room for the subject alone.
  const subject = isHostKey ? 'the server shows a host key that is not pinned' : `Tidegate could not ${what}`;
  return {
    key: null,
    cause: `partner:${partner}:${causeOf(error)}`,
    kind: isHostKey ? 'host-key' : 'transfer-failure',
    partner,
    feed,
    arrival: arrival?.id ?? null,
    subject: oneLine(`${partner}: ${subject}`),
    body: layOut({
      happened: `Tidegate could not ${what}.`,
      facts: [
        ['Partner', partner],
        ['Feed', feed ?? ''],
        ...heldUp(arrival),
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [nextOf(error)],
      command: arrival ? show(arrival) : 'tidegate check',
    }),
  };
}

export interface LongWait extends Omit<TransferTrouble, 'what'> {
  feed: string;
  /** Epoch milliseconds; since when nothing has moved. */
  since: number;
}

/** A file waits for another one, which the error names, and that has not gone on for long. */
export function longWait({ partner, feed, arrival, error, since, now }: LongWait): Notice {
  const what = arrival ? arrival.name : `feed ${feed}`;
  return {
    key: null,
    cause: `waits:${partner}:${feed}`,
    kind: 'transfer-failure',
    partner,
    feed,
    arrival: arrival?.id ?? null,
    subject: oneLine(`${partner}: ${what} has been waiting for another file for more than an hour`),
    body: layOut({
      happened: 'Nothing has moved for more than an hour: a file waits for another one.',
      facts: [
        ['Partner', partner],
        ['Feed', feed],
        ...heldUp(arrival),
        ['Since', utc(since)],
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [
        nextOf(error),
        'A file of a feed that is disabled, or no longer in the configuration, goes on when that is undone.',
      ],
      command: 'tidegate status',
    }),
  };
}

const storageTroubles: Readonly<Record<string, string>> = {
  SPOOL_FAILED: 'Tidegate cannot use its spool',
  STORAGE_LOW: 'Tidegate waits for free space on its disk',
};

/** Trouble on our own side: the ledger or the spool cannot be used, or their disk is nearly full. It concerns every partner alike. */
export function storageFailure({
  partner,
  feed,
  arrival,
  error,
  now,
}: Omit<TransferTrouble, 'what'>): Notice {
  const happened = storageTroubles[codeOf(error)] ?? 'Tidegate cannot use its ledger';
  return {
    key: null,
    cause: `storage:${codeOf(error)}`,
    kind: 'storage-failure',
    // Not of one partner: whoever is told of it is told for all.
    partner: null,
    feed,
    arrival: arrival?.id ?? null,
    subject: happened,
    body: layOut({
      happened: `${happened}. Files wait meanwhile.`,
      facts: [
        ['Partner', partner],
        ['Feed', feed ?? ''],
        ...heldUp(arrival),
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [nextOf(error)],
      command: 'tidegate check',
    }),
  };
}

/** Ledger or spool cannot even be opened: the process that was to work has ended. */
export function cannotStart(error: unknown, now: number): Notice & { key: string } {
  const trouble = storageTroubles[codeOf(error)] ?? 'Tidegate cannot use its ledger';
  return {
    key: `start:${codeOf(error)}:${hourOf(now)}`,
    cause: null,
    kind: 'storage-failure',
    partner: null,
    feed: null,
    arrival: null,
    subject: `${trouble} and did not start`,
    body: layOut({
      happened: `${trouble} and did not start. Every file waits meanwhile.`,
      facts: [['Noticed', utc(now)], ...errorFacts(error)],
      next: [
        'Nothing is lost and nothing is done twice: the next start that succeeds goes on where work stopped. Where nobody else starts it (a schedule, the service manager), start it when the reason is gone.',
      ],
      command: 'tidegate check',
    }),
  };
}

export interface TargetTrouble extends Omit<TransferTrouble, 'what'> {
  target: string;
}

/** The target does not take calls, or refuses us as a whole; the file waits. */
export function targetTrouble({ target, partner, feed, arrival, error, now }: TargetTrouble): Notice {
  const refuses = error instanceof TidegateError && error.code === 'TARGET_REFUSES';
  const happened = refuses ? `${target} refuses our calls` : `${target} does not take calls now`;
  return {
    key: null,
    // A call that failed and the calls that are held back because of that are one outage.
    cause: `target:${target}:${refuses ? 'refuses' : 'down'}`,
    kind: refuses ? 'target-refuses' : 'target-down',
    partner,
    feed,
    arrival: arrival?.id ?? null,
    subject: oneLine(happened),
    body: layOut({
      happened: `${happened}. No row is rejected because of it.`,
      facts: [
        ['Target', target],
        ['Partner', partner],
        ['Feed', feed ?? ''],
        ...heldUp(arrival),
        ['Noticed', utc(now)],
        ...errorFacts(error),
      ],
      next: [nextOf(error)],
      command: refuses || !arrival ? 'tidegate check' : show(arrival),
    }),
  };
}

function heldUp(arrival: TransferTrouble['arrival']): Fact[] {
  return arrival ? [['File', `${arrival.name} (arrival ${arrival.id})`]] : [];
}
