/** What was found out about a server, and what is made of it, in words. Pure. */
import type { ServerTraits } from '../remote/port.ts';
import { mostSessions } from '../remote/traits.ts';

export interface Finding {
  what: string;
  detail: string;
}

export function findings(traits: ServerTraits): Finding[] {
  return [
    { what: 'renaming', detail: renaming(traits) },
    { what: 'file times', detail: times(traits.modifiedAtResolutionMs) },
    { what: 'file sizes', detail: sizes(traits.sizes) },
    ...(traits.sessions === null ? [] : [{ what: 'logins', detail: logins(traits.sessions) }]),
  ];
}

function renaming({ renameOntoExisting, hardlink, posixRename }: ServerTraits): string {
  const also = posixRename ? '; posix-rename is offered and not used' : '';
  if (renameOntoExisting === 'refused') return `a taken name is refused${also}`;
  if (hardlink)
    return `a taken name would be replaced, so files get their names by links, which refuse${also}`;
  return `a taken name would be replaced, so names are looked at before and after, and sources are filed under their arrival number${also}`;
}

function times(resolutionMs: number | null): string {
  if (resolutionMs === null)
    return 'say nothing, so stable.for counts twice, and a source is compared before it is filed';
  if (resolutionMs < 1_000) return `in steps of ${resolutionMs} ms`;
  const step = resolutionMs === 1_000 ? 'whole seconds' : `steps of ${resolutionMs / 1_000} s`;
  return `in ${step}; files are watched for that much longer than stable.for`;
}

const sizes = (kind: ServerTraits['sizes']): string =>
  kind === 'exact'
    ? 'as stated'
    : 'not as stated, so uploads are read back to their end and downloads are read twice';

function logins(sessions: number): string {
  if (sessions === 1) return 'one at a time: a second process, or `check` beside `run`, is not let in';
  return sessions < mostSessions ? `${sessions} at the same time` : `at least ${sessions} at the same time`;
}
