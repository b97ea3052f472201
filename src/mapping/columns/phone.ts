/** Telephone numbers. */
import {
  type CountryCode,
  isSupportedCountry,
  Metadata,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import type { ColumnOf } from '../schema.ts';
import type { Broken, CellType } from './types.ts';

/** @param country gives the alpha-2 code for numbers without `+`; `undefined` when the row has none */
export function phoneType(
  spec: ColumnOf<'phone'>,
  country: (values: readonly (string | undefined)[]) => string | undefined,
): CellType {
  const broken: Broken = {
    rule: 'telephone number that is in use in its country',
    fix: `write all digits, or + and the country code first, e.g. ${spec.example ?? '+12025550143'}`,
  };
  return {
    kind: 'text',
    read(text, values) {
      const home = country(values);
      const quick = home === undefined ? null : planOf(home);
      if (quick?.valid(text)) return spec.as === 'e164' ? `+${quick.callingCode}${text}` : text;
      const number = parse(text, home);
      if (!number?.isValid()) return broken;
      return spec.as === 'asis' ? text : spec.as === 'e164' ? number.number : number.nationalNumber;
    },
  };
}

function parse(text: string, home: string | undefined): PhoneNumber | undefined {
  const options = { extract: false, ...(home === undefined ? {} : { defaultCountry: home as CountryCode }) };
  return parsePhoneNumberFromString(text, options);
}

/** What is used of the library's numbering plan; its own types leave these out. */
interface NumberingPlan {
  callingCode(): string;
  nationalNumberPattern(): string;
  nationalPrefixForParsing(): string | undefined;
  type(kind: 'MOBILE' | 'FIXED_LINE'): { pattern(): string } | undefined;
}

interface QuickPlan {
  callingCode: string;
  /** `true` only when the library would say the same; `false` says nothing. */
  valid(text: string): boolean;
}

const plans = new Map<string, QuickPlan | null>();

/**
 * A short cut for numbers of plain national digits: the library parses 80,000 numbers a second, its patterns alone match millions. A
 * number that could begin with a trunk prefix takes the long way.
 */
function planOf(country: string): QuickPlan | null {
  const known = plans.get(country);
  if (known !== undefined) return known;
  const plan = makePlan(country);
  plans.set(country, plan);
  return plan;
}

function makePlan(country: string): QuickPlan | null {
  const metadata = new Metadata();
  if (!isSupportedCountry(country)) return null;
  metadata.selectNumberingPlan(country as CountryCode);
  const plan = metadata.numberingPlan as unknown as NumberingPlan;
  const kinds = [plan.type('MOBILE'), plan.type('FIXED_LINE')].flatMap(
    // A plan that does not tell the two apart (+1) has an empty pattern for one of them.
    (kind) => kind?.pattern() || [],
  );
  if (kinds.length === 0) return null;
  const whole = new RegExp(`^(?:${plan.nationalNumberPattern()})$`);
  const inUse = new RegExp(`^(?:${kinds.join('|')})$`);
  const prefix = plan.nationalPrefixForParsing();
  const trunk = prefix ? new RegExp(`^(?:${prefix})`) : null;
  return {
    callingCode: plan.callingCode(),
    valid: (text) => /^\d{7,15}$/.test(text) && !trunk?.test(text) && inUse.test(text) && whole.test(text),
  };
}
