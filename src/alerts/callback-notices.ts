/** Notices about results that a target told by itself, in words. Pure. They name the row, and say nothing of the body: it may quote what was sent. */
import type { CallbackFate, CalledBack, Notice } from '../ledger/port.ts';
import { layOut, utc } from './layout.ts';
import { oneLine } from './text.ts';

const happened: Readonly<Record<Exclude<CallbackFate, 'result'>, string>> = {
  other: 'told a second, different result for a call',
  late: 'told a result after its deadline',
  unknown: 'told a result for a call that we do not know',
};

const next: Readonly<Record<Exclude<CallbackFate, 'result'>, string>> = {
  other:
    'The first one stands, and the row keeps its outcome. Find out at the target which of the two is true.',
  late: 'The row keeps its outcome; where it is parked, what was told is the evidence to decide by.',
  unknown:
    'It was kept and answered with 404. Ask the target where it belongs, or whether it was meant for another installation.',
};

/** `null` for what needs nobody. */
export function callbackNotice(
  target: string,
  id: number,
  fate: CallbackFate,
  about: CalledBack | null,
  now: number,
): Notice | null {
  if (fate === 'result') return null;
  return {
    // What nobody knows may come without end.
    key: about ? `callback:${id}` : `callback:${target}:${fate}:${new Date(now).toISOString().slice(0, 13)}`,
    cause: null,
    kind: 'callback',
    partner: about?.partner ?? null,
    feed: about?.feed ?? null,
    arrival: about?.arrival ?? null,
    subject: oneLine(`${target} ${happened[fate]}`),
    body: layOut({
      happened: `${target} ${happened[fate]}.`,
      facts: [
        ['Target', target],
        ['Partner', about?.partner ?? ''],
        ['Feed', about?.feed ?? ''],
        ['Row', about ? `line ${about.line} of arrival ${about.arrival}` : ''],
        ['Callback', String(id)],
        ['Received', utc(now)],
      ],
      next: [next[fate]],
      command: about ? `tidegate show ${about.arrival} --line ${about.line}` : 'tidegate status',
    }),
  };
}
