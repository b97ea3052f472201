/** Misbehaviour of the servers: which there is, and how it is put on. */

import type { Fault as ServifyFault } from '../src/sandbox/faults.ts';
import type { Fault as SftpFault } from '../src/sandbox/sftp-faults.ts';
import type { ApiFault, FaultOrder, MailFault, SftpAnswer } from './plan.ts';
import type { Random } from './random.ts';
import { LATE_MS, type World } from './world.ts';

type SftpOrder = Extract<FaultOrder, { side: 'sftp' }>;

/** Uploads of answers; a server that is not known yet is tried out with other files in the same folder. */
const ANSWERS = '/out/\\.Sales';
const ANYTHING_OUT = '/out/';

/** Paths are patterns. */
const sftpOrders: readonly Omit<SftpOrder, 'side' | 'skip'>[] = [
  { request: 'WRITE', answer: 'drop-bytes', path: ANSWERS },
  { request: 'WRITE', answer: 'failure', path: ANSWERS },
  { request: 'WRITE', answer: 'disconnect', path: ANSWERS },
  { request: 'WRITE', answer: 'reply-lost', path: ANSWERS },
  { request: 'WRITE', answer: 'mute', path: ANSWERS },
  { request: 'CLOSE', answer: 'reply-lost', path: ANSWERS },
  { request: 'OPEN', answer: 'failure', path: ANSWERS },
  { request: 'READ', answer: 'eof', path: '/in/' },
  { request: 'READ', answer: 'eof', path: ANSWERS },
  { request: 'READ', answer: 'disconnect', path: '/in/' },
  { request: 'READ', answer: 'mute', path: '/in/' },
  { request: 'READDIR', answer: 'eof', path: '/in' },
  { request: 'READDIR', answer: 'mute', path: '/in' },
  { request: 'LSTAT', answer: 'size', path: '/in/' },
  { request: 'LSTAT', answer: 'size', path: ANSWERS },
  { request: 'LSTAT', answer: 'failure', path: '/' },
  { request: 'LSTAT', answer: 'disconnect', path: '/' },
  { request: 'RENAME', answer: 'reply-lost', path: ANSWERS },
  { request: 'RENAME', answer: 'reply-lost', path: '/in/' },
  { request: 'RENAME', answer: 'late', path: ANSWERS },
  { request: 'RENAME', answer: 'late', path: '/in/' },
  { request: 'RENAME', answer: 'failure', path: '/' },
  { request: 'RENAME', answer: 'replace', path: '/' },
  { request: 'RENAME', answer: 'disconnect', path: '/' },
  { request: 'REMOVE', answer: 'reply-lost', path: '/' },
];

const apiKinds: readonly ApiFault[] = [
  'status',
  'throttle',
  'drop-before',
  'drop-after',
  'mute',
  'late',
  'twice',
  'garbage',
  'wrong-schema',
  'redirect',
  'expire-token',
];

/** Sales come first and most often. */
const operations = [
  'Contract/createContract',
  'Contract/createContract',
  'Contract/createContract',
  'Contract/checkEligibility',
  'Contract/getContractInfo',
  'Contract/cancelContract',
  'Contract/createTransaction',
  'Contract/renewContract',
  'Contract/reactivate',
  'Contract/updateContract',
  'Auth/generateToken',
];

const unrepeatable = ['Contract/cancelContract', 'Contract/createTransaction', 'Contract/reactivate'];

const mailKinds: readonly MailFault[] = ['mute', 'dripMs', 'refuse', 'dropAfterData', 'refuseData'];

/** None in some cycles, several in others. */
export function chooseFaults(random: Random): FaultOrder[] {
  const count = random.below(5);
  return Array.from({ length: count }, (): FaultOrder => {
    const side = random.below(10);
    if (side < 5) return { side: 'api', operation: random.pick(operations), kind: random.pick(apiKinds) };
    if (side < 8) {
      const order = random.pick(sftpOrders);
      const path = order.path === ANSWERS && random.chance(0.3) ? ANYTHING_OUT : order.path;
      return { side: 'sftp', ...order, path, skip: random.below(3) };
    }
    if (side < 9) return { side: 'mail', kind: random.pick(mailKinds) };
    return { side: 'connection', refusals: 1 + random.below(2) };
  });
}

/** What leaves rows for a person to decide about: the answer to a call is lost that can neither be repeated nor looked up. */
const doubt = (operation: string, kind: 'drop-before' | 'drop-after'): FaultOrder => ({
  side: 'api',
  operation,
  kind,
});
export const everyDoubt = unrepeatable.map((operation) => doubt(operation, 'drop-before'));

/** Some of them, and some calls have had their effect. */
export const chooseDoubts = (random: Random): FaultOrder[] =>
  unrepeatable
    .filter(() => random.chance(0.5))
    .map((operation) => doubt(operation, random.pick(['drop-before', 'drop-after'])));

/** Every single one, each in a plan of its own place. */
export const everyFault = (): FaultOrder[] => [
  ...sftpOrders.map((order): FaultOrder => ({ side: 'sftp', ...order, skip: 0 })),
  ...apiKinds.map((kind): FaultOrder => ({ side: 'api', operation: 'Contract/createContract', kind })),
  ...mailKinds.map((kind): FaultOrder => ({ side: 'mail', kind })),
  { side: 'connection', refusals: 1 },
];

export function putOn({ sftp, servify, mail }: World, faults: readonly FaultOrder[]): void {
  for (const fault of faults) {
    if (fault.side === 'connection') sftp.faults.refuseConnections(fault.refusals);
    else if (fault.side === 'api') servify.faults.next(fault.operation, apiFault(fault.kind));
    else if (fault.side === 'mail') misbehave(mail.faults, fault.kind);
    else {
      const scope = { skip: fault.skip, path: new RegExp(`^${fault.path}`) };
      sftp.faults.next(fault.request, sftpFault(fault.answer), scope);
    }
  }
}

/** Faults of the mail server last; the others are met once. */
export function healMail({ mail }: World): void {
  Object.assign(mail.faults, { mute: false, dripMs: null, dropAfterData: false, refuseData: null });
  mail.faults.refuse.clear();
}

/** How often each kind was met, by side and kind. */
export function metIn({ sftp, servify, mail }: World): Map<string, number> {
  return new Map([
    ...[...sftp.faults.met].map(([kind, times]) => [`sftp ${kind}`, times] as const),
    ...[...servify.faults.met].map(([kind, times]) => [`api ${kind}`, times] as const),
    ...[...mail.met].map(([kind, times]) => [`mail ${kind}`, times] as const),
  ]);
}

function sftpFault(answer: SftpAnswer): SftpFault {
  if (answer === 'late') return { answer, ms: 1000 };
  return answer === 'size' ? { answer, size: 3 } : { answer };
}

function apiFault(kind: ApiFault): ServifyFault {
  switch (kind) {
    case 'status':
      return { kind, status: 500 };
    case 'throttle':
      return { kind, retryAfter: '0' };
    case 'late':
      return { kind, ms: LATE_MS };
    case 'twice':
      return { kind, ms: 2 };
    default:
      return { kind };
  }
}

function misbehave(faults: World['mail']['faults'], kind: MailFault): void {
  if (kind === 'mute' || kind === 'dropAfterData') faults[kind] = true;
  else if (kind === 'dripMs') faults.dripMs = 20;
  else if (kind === 'refuse') faults.refuse.set('operations@example.com', 'no such user');
  else faults.refuseData = 'no thanks';
}
