/** What a judge may find. */
export type Offence =
  | 'lost'
  | 'duplicated'
  | 'partial'
  | 'changed'
  | 'wrong'
  | 'untold'
  | 'left-over'
  | 'damaged'
  | 'secret'
  | 'stuck';

export interface Violation {
  offence: Offence;
  what: string;
}

export const violation = (offence: Offence, what: string): Violation => ({ offence, what });
