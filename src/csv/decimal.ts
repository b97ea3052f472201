/** Exact sums of decimal numbers; floats would make 0.1 + 0.2 a wrong total. */

interface Decimal {
  units: bigint;
  /** Digits behind the point. */
  scale: number;
}

// The digits are bounded, or one hostile field would cost minutes of arithmetic.
const plainDecimal = /^([+-]?)(\d{1,30})(?:\.(\d{1,30}))?$/;

/** A plain number such as `-12.50`; `null` for anything else. */
export function parseDecimal(text: string): Decimal | null {
  const [, sign = '', whole = '', fraction = ''] = plainDecimal.exec(text) ?? [];
  if (whole === '') return null;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

export function equal(a: Decimal, b: Decimal): boolean {
  const scale = Math.max(a.scale, b.scale);
  return unitsAt(a, scale) === unitsAt(b, scale);
}

export function format({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

export const zero: Decimal = { units: 0n, scale: 0 };

const unitsAt = ({ units, scale }: Decimal, wanted: number): bigint => units * 10n ** BigInt(wanted - scale);
