/** Events in words, for the log and for people who watch. Pure; counts and numbers only, never a value of a row. */
import { explain, TidegateError } from '../base/errors.ts';
import { scrub } from '../base/scrub.ts';
import { displayName } from '../remote/names.ts';
import type { ExchangeEvent } from './types.ts';

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  fields: Readonly<Record<string, string | number | null>>;
  text: string;
}

export function describe(event: ExchangeEvent): LogLine {
  switch (event.kind) {
    case 'polled': {
      const { feed, listed, ready, notYet } = event;
      return {
        level: ready > 0 ? 'info' : 'debug',
        fields: { feed, listed, ready, notYet },
        text: 'looked for files',
      };
    }
    case 'step': {
      const { id, feed, name, state, round, counts, problem, repeatOf } = event.arrival;
      const fields = { feed, arrival: id, file: displayName(name), state, ...counts, tookMs: event.tookMs };
      const refused = problem ? { problem: problem.code } : {};
      const later = round === 0 ? {} : { round };
      const repeat = repeatOf === null ? {} : { repeatOf };
      return {
        level: problem ? 'warn' : 'info',
        fields: { ...fields, ...later, ...refused, ...repeat },
        text: state,
      };
    }
    case 'progress': {
      const { id, counts } = event.arrival;
      return {
        level: 'debug',
        fields: { arrival: id, settledRows: event.settledRows, rows: counts.rows },
        text: 'row',
      };
    }
    case 'waits': {
      const { error, feed, arrival } = event;
      return trouble({ feed, arrival: arrival?.id ?? null }, error);
    }
    case 'paused': {
      const { what, since, by } = event.pause;
      return { level: 'debug', fields: { paused: event.what, since, by }, text: `paused with its ${what}` };
    }
    case 'archived':
    case 'archive-deleted': {
      const { partner, month, part, form, id } = event.archive;
      return { level: 'info', fields: { partner, month, part, form, archive: id }, text: event.kind };
    }
    case 'archive-waits':
      return trouble({ partner: event.partner }, event.error);
    case 'outbound': {
      const { id, partner, origin, name, path, state, contents } = event.file;
      const file = displayName(path.slice(path.lastIndexOf('/') + 1));
      const rows = contents?.rows ?? 0;
      return { level: 'info', fields: { partner, [origin]: name, outbound: id, file, rows }, text: state };
    }
    case 'export-waits':
      return trouble({ partner: event.partner, export: event.name }, event.error);
    case 'export-skipped': {
      const { partner, name, window } = event;
      const [from, to] = [window.from, window.to].map((at) => new Date(at).toISOString());
      return {
        level: 'warn',
        fields: { partner, export: name, from: from ?? '', to: to ?? '' },
        text: 'skipped',
      };
    }
    case 'reply': {
      const { id, partner, agreement, name, state, rows } = event.reply;
      const fields = { partner, agreement, reply: id, file: displayName(name), rows };
      return { level: state === 'refused' ? 'warn' : 'info', fields, text: `reply ${state}` };
    }
    case 'replies-wait':
      return trouble({ agreement: event.agreement }, event.error);
    case 'notice':
      return {
        level: 'info',
        fields: { arrival: event.notice.arrival, notice: event.notice.kind },
        text: event.notice.subject,
      };
    case 'unrecorded': {
      const { notice, error } = event;
      const line = trouble({ arrival: notice.arrival, notice: notice.kind }, error);
      return { ...line, level: 'error', text: `notice not on record: ${line.text}` };
    }
  }
}

function trouble(fields: LogLine['fields'], error: unknown): LogLine {
  if (error instanceof TidegateError) {
    // Whoever has taken over goes on: nothing is wrong that a person could mend.
    const goesOn = error.retry === 'later' || error.code === 'LEDGER_STALE';
    const level = goesOn ? 'warn' : 'error';
    return { level, fields: { ...fields, code: error.code }, text: explain(error) };
  }
  // Not written by us, so it may quote anything.
  const stack = error instanceof Error ? scrub(error.stack ?? '') : null;
  return { level: 'error', fields: { ...fields, code: null, stack }, text: scrub(explain(error)) };
}
