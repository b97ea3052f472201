import { addNotice, noticeColumns, withMessages } from './notices.ts';
import type {
  ConcernedFile,
  Incident,
  IncidentLedger,
  NoticePhase,
  Over,
  RecordedNotice,
  Reminding,
  Words,
} from './port.ts';
import type { Db, Tx } from './schema.ts';

const columns = [
  ...(['id', 'cause', 'kind', 'partner', 'feed', 'arrival', 'subject'] as const),
  ...(['opened_at as openedAt', 'last_seen_at as lastSeenAt', 'times', 'reminders'] as const),
  'closed_at as closedAt',
] as const;

type Wording = (incident: Incident, files: readonly ConcernedFile[]) => Words;

const recoveryTellsBoth = 'it was over before anybody was told; the recovery note tells both';

export const incidentsOf = (db: Db): IncidentLedger => ({
  async over(over, now, words) {
    // Asked after every poll, and nearly always nothing is open: no write transaction for that.
    if (!(await openOnes(db)).some((incident) => isMeant(incident, over))) return [];
    return db.transaction().execute((trx) => closeAll(trx, over, now, words));
  },
  async remind(reminding, now, words) {
    if (!(await openOnes(db)).some((incident) => isDue(incident, reminding, now))) return [];
    return db.transaction().execute((trx) => remindAll(trx, reminding, now, words));
  },
  async incidents(which, limit) {
    const found = db.selectFrom('incidents').select(columns).limit(limit);
    if (which === 'all') return found.orderBy('id', 'desc').execute();
    return found.where('closed_at', 'is', null).orderBy('id').execute();
  },
  async received(since, until) {
    const found = await db
      .selectFrom('arrivals')
      .select((eb) => [
        ...(['partner', 'feed'] as const),
        eb.fn.countAll<number>().as('files'),
        eb.fn.count<number>('problem').as('refused'),
        ...(['rows', 'accepted', 'rejected', 'duplicate'] as const).map((column) =>
          eb.fn.sum<number>(column).as(column),
        ),
      ])
      .where('claimed_at', '>=', since)
      .where('claimed_at', '<', until)
      .where('state', '!=', 'withdrawn')
      .groupBy(['partner', 'feed'])
      .orderBy('partner')
      .orderBy('feed')
      .execute();
    // Other databases give sums as text.
    return found.map(({ partner, feed, ...counts }) => ({ partner, feed, ...asNumbers(counts) }));
  },
  async parkedRows() {
    const { parked } = await db
      .selectFrom('rows')
      .select((eb) => eb.fn.countAll<number>().as('parked'))
      .where('state', '=', 'parked')
      .executeTakeFirstOrThrow();
    return Number(parked);
  },
  async incidentNotices(incident) {
    const found = db.selectFrom('notices').select(noticeColumns).where('incident', '=', incident);
    return withMessages(db, await found.orderBy('id').execute());
  },
});

const asNumbers = <Name extends string>(counts: Record<Name, unknown>): Record<Name, number> =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)])) as Record<
    Name,
    number
  >;

type Open = Incident & { toldAt: number };

const openOnes = (db: Db): Promise<Open[]> =>
  db
    .selectFrom('incidents')
    .select([...columns, 'told_at as toldAt'])
    .where('closed_at', 'is', null)
    .orderBy('id')
    .execute();

const isMeant = (incident: Incident, { cause, but }: Over): boolean =>
  (incident.cause === cause || incident.cause.startsWith(`${cause}:`)) && !but?.has(incident.cause);

async function closeAll(trx: Tx, over: Over, now: number, words: Wording): Promise<RecordedNotice[]> {
  const told: RecordedNotice[] = [];
  for (const incident of await openOnes(trx)) {
    if (!isMeant(incident, over) || !(await isOverForAll(trx, incident.id, over.feed, now))) continue;
    const closed = await trx
      .updateTable('incidents')
      .set({ closed_at: now, told_at: now })
      .where('id', '=', incident.id)
      .where('closed_at', 'is', null)
      .executeTakeFirst();
    if (closed.numUpdatedRows === 0n) continue;
    await dropUntold(trx, incident.id, now);
    told.push(await tell(trx, { ...incident, closedAt: now }, 'closed', now, words));
  }
  return told;
}

/** Over for this feed, or for all when none is named. */
async function isOverForAll(
  trx: Tx,
  incident: number,
  feed: string | undefined,
  now: number,
): Promise<boolean> {
  const ends = trx.updateTable('incident_concerns').set({ over_at: now }).where('incident', '=', incident);
  await (feed === undefined ? ends : ends.where('feed', 'in', [feed, ''])).execute();
  const lasting = await trx
    .selectFrom('incident_concerns')
    .select('feed')
    .where('incident', '=', incident)
    .where('over_at', 'is', null)
    .executeTakeFirst();
  return lasting === undefined;
}

/** Events have details of their own, and are told in any case; their key is not that of an incident. */
async function dropUntold(trx: Tx, incident: number, now: number): Promise<void> {
  const ofIncident = (db: Tx) =>
    db.selectFrom('notices').select('id').where('incident', '=', incident).where('key', 'like', 'incident:%');
  await trx
    .updateTable('messages')
    .set({ next_try_at: null, last_error: recoveryTellsBoth })
    .where('notice', 'in', ofIncident(trx))
    .where('sent_at', 'is', null)
    .where('next_try_at', 'is not', null)
    .execute();
  await trx
    .updateTable('notices')
    .set({ routed_at: now, untold: recoveryTellsBoth })
    .where('id', 'in', ofIncident(trx))
    .where('routed_at', 'is', null)
    .execute();
}

function isDue(incident: Open, reminding: Reminding, now: number): boolean {
  const { kind, toldAt } = incident;
  const pause = pauseBehind(incident, reminding);
  // A clock that was set back must not put reminders off for long.
  return reminding.kinds.has(kind) && (now - toldAt >= pause || toldAt > now + pause);
}

const pauseBehind = ({ reminders }: Open, { pauses }: Reminding): number =>
  pauses[Math.min(reminders, pauses.length - 1)] ?? Number.POSITIVE_INFINITY;

async function remindAll(
  trx: Tx,
  reminding: Reminding,
  now: number,
  words: Wording,
): Promise<RecordedNotice[]> {
  const told: RecordedNotice[] = [];
  for (const incident of await openOnes(trx)) {
    if (!isDue(incident, reminding, now)) continue;
    const { waits, heardAt } = await lastHeard(trx, incident.id);
    const heardLately =
      heardAt !== null && heardAt <= now && now - heardAt < pauseBehind(incident, reminding);
    const isToTell = !waits && !heardLately;
    const reminders = incident.reminders + (isToTell ? 1 : 0);
    const changed = await trx
      .updateTable('incidents')
      .set({ reminders, told_at: heardLately ? heardAt : now })
      .where('id', '=', incident.id)
      .where('closed_at', 'is', null)
      // Another process may have been quicker.
      .where('reminders', '=', incident.reminders)
      .where('told_at', '=', incident.toldAt)
      .executeTakeFirst();
    if (isToTell && changed.numUpdatedRows > 0n)
      told.push(await tell(trx, { ...incident, reminders }, 'reminder', now, words));
  }
  return told;
}

interface Heard {
  /** The latest news has still to reach people: it needs no reminder beside it. What was given up, or taken by no route, will reach nobody. */
  waits: boolean;
  /** When people last heard of it, which may be long after that was raised; `null` when nobody has. */
  heardAt: number | null;
}

async function lastHeard(trx: Tx, incident: number): Promise<Heard> {
  const all = await trx
    .selectFrom('notices')
    .leftJoin('messages', 'messages.notice', 'notices.id')
    .select(['notices.id', 'routed_at', 'sent_at', 'next_try_at'])
    .where('incident', '=', incident)
    .orderBy('notices.id', 'desc')
    .execute();
  const newest = all.filter(({ id }) => id === all[0]?.id);
  const sent = all.flatMap((one) => one.sent_at ?? []);
  return {
    waits:
      newest.every((one) => one.sent_at === null) &&
      newest.some((one) => one.routed_at === null || one.next_try_at !== null),
    heardAt: sent.length === 0 ? null : Math.max(...sent),
  };
}

async function tell(
  trx: Tx,
  incident: Incident,
  phase: NoticePhase,
  now: number,
  words: Wording,
): Promise<RecordedNotice> {
  const { id, cause, kind, partner, feed, arrival, reminders } = incident;
  const key = phase === 'reminder' ? `incident:${id}:reminder:${reminders}` : `incident:${id}:${phase}`;
  const said = words(incident, await concernedFiles(trx, id));
  const notice = { ...said, key, cause, kind, partner, feed, arrival };
  const made = await addNotice(trx, notice, { incident: id, phase }, now);
  if (!made) throw new Error(`${key} is on record already`);
  return made;
}

const concernedFiles = (trx: Tx, incident: number): Promise<ConcernedFile[]> =>
  trx
    .selectFrom('incident_concerns')
    .innerJoin('arrivals', 'arrivals.id', 'incident_concerns.arrival')
    .select(['arrivals.id as arrival', 'arrivals.name', 'arrivals.feed'])
    .where('incident', '=', incident)
    .orderBy('arrivals.id')
    .execute();
