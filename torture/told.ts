/** Whether people were told what they have to know. Pure. */
import type { Answer, Violation } from './judge.ts';

export interface Mail {
  subject: string;
  messageId: string;
}

interface Due {
  about: string;
  /** Files of the name that give rise to it. */
  times: number;
}

/** What has to be told about these answers: the end of a subject for each file and cause. */
function dueFor(answers: readonly Answer[]): Due[] {
  const about = answers
    // A repeat was told about when it first came.
    .filter(({ file }) => file.repeats === null)
    .flatMap(({ file, outcomes }) => {
      const has = (state: string): boolean => outcomes.some((outcome) => outcome.state === state);
      return [
        ...(file.refused ? [`${file.name} was refused as a whole`] : []),
        ...(has('rejected') ? [`${file.name} has N rejected`] : []),
        ...(has('parked') ? [`${file.name} has N parked`] : []),
      ];
    });
  return [...new Set(about)].map((one) => ({
    about: one,
    times: about.filter((other) => other === one).length,
  }));
}

export function judgeTold(answers: readonly Answer[], mails: readonly Mail[]): Violation[] {
  const plain = mails.map(({ subject, messageId }) => ({
    subject: subject.replace(/ has \d+ (rejected|parked)/, ' has N $1'),
    messageId,
  }));
  return dueFor(answers).flatMap(({ about, times }): Violation[] => {
    const ids = new Set(
      plain.filter(({ subject }) => subject.includes(about)).map(({ messageId }) => messageId),
    );
    if (ids.size === times) return [];
    const what = `${times} notices "${about}" are due, and mails of ${ids.size} came`;
    return [{ offence: ids.size < times ? 'untold' : 'duplicated', what }];
  });
}
