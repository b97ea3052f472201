/** Whether what the answers say of each line is what has to become of it. Pure. */
import type { Course, Outcome } from './answers.ts';
import { type SentRow, setsValues } from './files.ts';
import { type Violation, violation } from './offence.ts';
import type { Decision } from './person.ts';

/** What bears on a line beside itself. */
interface Circumstances {
  decisions: readonly Decision[];
  /** Contracts that had a parked line in some round. */
  parked: ReadonlySet<string>;
  /** Contracts of which a file was told that there is none: their sale was rejected. */
  unsold: ReadonlySet<string>;
  courses: readonly Course[];
}

/** Why a line that is right may be rejected all the same: nothing was sent for it, or it had no effect, and it may simply come again. */
const excused: Readonly<Record<string, (row: SentRow, of: Circumstances) => boolean>> = {
  READ_FAILED: () => true,
  BEHIND_PARKED: ({ contract }, { parked }) => parked.has(contract),
  DECIDED: ({ effect }, of) => wasDecided('rejected', effect, of),
  OVERTAKEN: ({ contract }, { courses }) =>
    courses.filter(({ file }) => file.rows.some((row) => row.contract === contract)).length > 1,
};

export function judgeOutcomes(courses: readonly Course[], decisions: readonly Decision[]): Violation[] {
  const told = courses.flatMap(({ rounds }) => rounds).flatMap(({ outcomes }) => outcomes);
  const last = courses.flatMap(({ outcomes }) => outcomes);
  const contractsOf = (some: readonly Outcome[]): Set<string> => new Set(some.map(({ row }) => row.contract));
  const circumstances: Circumstances = {
    decisions,
    parked: contractsOf(told.filter(({ state }) => state === 'parked')),
    unsold: contractsOf(last.filter(({ state, row }) => state === 'rejected' && isSale(row))),
    courses,
  };
  return courses.flatMap(({ file, outcomes }) =>
    outcomes.flatMap((outcome) =>
      judgeOutcome(`${file.name} line ${outcome.row.line}`, outcome, circumstances),
    ),
  );
}

function judgeOutcome(line: string, { row, state, code }: Outcome, of: Circumstances): Violation[] {
  if (row.wish === 'rejected')
    return state === 'rejected' ? [] : [violation('wrong', `${line} is wrong and was ${state}`)];
  if (state === 'accepted' && code === 'DECIDED' && !wasDecided('accepted', row.effect, of))
    return [violation('wrong', `${line} is said to be decided, and nobody did`)];
  if (state !== 'rejected' || excused[code]?.(row, of)) return [];
  // Whatever the API says of a contract that it does not know.
  if (!isSale(row) && of.unsold.has(row.contract)) return [];
  return [violation('lost', `${line} is right and was rejected: ${code}`)];
}

const isSale = ({ effect }: SentRow): boolean => effect.startsWith('Contract/createContract ');

const wasDecided = (what: Decision['what'], effect: string, { decisions, courses }: Circumstances): boolean =>
  decisions.some(
    (decision) =>
      decision.what === what &&
      courses
        .find(({ file }) => file.sha256 === decision.sha256)
        ?.file.rows.some((row) => row.effect === effect && decision.lines.includes(row.line)),
  );

/** What the API remembers of a contract. */
export interface Contract {
  externalReferenceId: string;
  details: Readonly<Record<string, unknown>>;
}

/** The answer to a sale names the contract that was made for it, and an update has left its values behind. */
export function judgeContracts(
  courses: readonly Course[],
  contracts: ReadonlyMap<string, Contract>,
): Violation[] {
  const accepted = courses.flatMap(({ outcomes }) => outcomes).filter(({ state }) => state === 'accepted');
  return accepted.flatMap(({ row, code, soldPlanCode }) => {
    const [operation] = row.effect.split(' ');
    if (operation === 'Contract/createContract' || operation === 'Contract/renewContract') {
      // A person's word has no plan code to tell.
      if (code === 'DECIDED' || contracts.get(soldPlanCode)?.externalReferenceId === row.contract) return [];
      return [violation('wrong', `${row.contract} is answered with the plan of another: ${soldPlanCode}`)];
    }
    if (!setsValues(row.effect)) return [];
    const updated = [...contracts.values()].find((one) => one.externalReferenceId === row.contract);
    const consumer = updated?.details['Consumer'] as { Name?: string } | undefined;
    if (consumer?.Name === row.fields['Customer Name']) return [];
    return [violation('lost', `${row.effect} was reported as done and left nothing behind`)];
  });
}
