/** Whether people were told what they have to know. Pure. */
import type { Answer, Course } from './answers.ts';
import type { Violation } from './offence.ts';

export interface Mail {
  subject: string;
  messageId: string;
}

interface Due {
  /** In words without numbers; of files with the same bytes any may be the one that is told about, which is the one that was worked off first. */
  about: readonly string[];
  /** Files that give rise to it. */
  times: number;
}

/** What has to be told about these files, for each round and cause. Files of one name are told about in the same words. */
function dueFor(courses: readonly Course[]): Due[] {
  const due = courses.flatMap(({ file, names, rounds }) =>
    rounds.flatMap((answer) => causesIn(answer).map((cause) => ({ name: file.name, names, cause }))),
  );
  return [...Map.groupBy(due, ({ name, cause }) => `${name} ${cause}`).values()].map((same) => ({
    about: [...new Set(same.flatMap(({ names, cause }) => names.map((name) => `${name} ${cause}`)))],
    times: same.length,
  }));
}

function causesIn({ file, round, outcomes }: Answer): string[] {
  if (file.refused) return ['was refused as a whole'];
  const states = (['rejected', 'parked'] as const).filter((one) =>
    outcomes.some(({ state }) => state === one),
  );
  return states.map((state) => `has ${state}${inRound(round)}`);
}

const inRound = (round: number): string => (round === 0 ? '' : ` in supplement ${round}`);

const rowsTold = / has \d+ (rejected|parked) rows? of \d+(?: worked off again \(supplement (\d+)\))?.*$/;

const withoutNumbers = (subject: string): string =>
  subject.replace(rowsTold, (_told, state: string, round = '0') => ` has ${state}${inRound(Number(round))}`);

export function judgeTold(courses: readonly Course[], mails: readonly Mail[]): Violation[] {
  // That something is over or lasts quotes what was told.
  const news = mails.filter(({ subject }) => !/^(Over|Still),? after /.test(subject));
  const plain = news.map(({ subject, messageId }) => ({ subject: withoutNumbers(subject), messageId }));
  return dueFor(courses).flatMap(({ about, times }): Violation[] => {
    const told = plain.filter(({ subject }) => about.some((one) => subject.endsWith(`: ${one}`)));
    const ids = new Set(told.map(({ messageId }) => messageId));
    if (ids.size === times) return [];
    const what = `${times} notices "${about.join('" or "')}" are due, and mails of ${ids.size} came`;
    return [{ offence: ids.size < times ? 'untold' : 'duplicated', what }];
  });
}
