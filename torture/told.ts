/** Whether people were told what they have to know. Pure. */
import type { SentFile } from './files.ts';
import type { Answer, Violation } from './judge.ts';

export interface Mail {
  subject: string;
  messageId: string;
}

interface Due {
  /** The end of a subject; of files with the same bytes any may be the one that is told about, which is the one that was worked off first. */
  about: readonly string[];
  /** Files that give rise to it. */
  times: number;
}

/** What has to be told about these answers, for each file and cause. */
function dueFor(answers: readonly Answer[]): Due[] {
  const due = answers
    .filter(({ file }) => file.repeats === null)
    .flatMap(({ file, outcomes }) => {
      const has = (state: string): boolean => outcomes.some((outcome) => outcome.state === state);
      const causes = [
        ...(file.refused ? ['was refused as a whole'] : []),
        ...(has('rejected') ? ['has N rejected'] : []),
        ...(has('parked') ? ['has N parked'] : []),
      ];
      const names = namesOf(file, answers);
      return causes.map((cause) => names.map((name) => `${name} ${cause}`));
    });
  return [...Map.groupBy(due, (about) => about.join('|')).values()].flatMap((same) =>
    same.slice(0, 1).map((about) => ({ about, times: same.length })),
  );
}

const namesOf = (file: SentFile, answers: readonly Answer[]): string[] => [
  file.name,
  ...answers.filter((other) => other.file.repeats === file).map((other) => other.file.name),
];

export function judgeTold(answers: readonly Answer[], mails: readonly Mail[]): Violation[] {
  const plain = mails.map(({ subject, messageId }) => ({
    subject: subject.replace(/ has \d+ (rejected|parked)/, ' has N $1'),
    messageId,
  }));
  return dueFor(answers).flatMap(({ about, times }): Violation[] => {
    const told = plain.filter(({ subject }) => about.some((one) => subject.includes(one)));
    const ids = new Set(told.map(({ messageId }) => messageId));
    if (ids.size === times) return [];
    const what = `${times} notices "${about.join('" or "')}" are due, and mails of ${ids.size} came`;
    return [{ offence: ids.size < times ? 'untold' : 'duplicated', what }];
  });
}
