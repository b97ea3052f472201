// Excel, LibreOffice and Numbers take these for the start of a formula, the full-width forms (U+FF1D, U+FF0B, U+FF0D, U+FF20) included, and skip
// blanks and invisible characters before them (OWASP, CSV injection).
const formula = /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u;

// Signed numbers and phone numbers can call nothing, and an apostrophe would spoil them.
const plainNumber = /^[+-]?[0-9][0-9 .,()/-]*$/;

/** The text so that no spreadsheet runs it: with an apostrophe in front when it could be taken for a formula. */
export function inert(text: string): string {
  return formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}

const APOSTROPHE = 39;

/** Takes off the apostrophe that `inert` put in front, so that a rejects file comes back with the values it was made of. */
export function withoutGuard(text: string): string {
  if (text.charCodeAt(0) !== APOSTROPHE) return text;
  const bare = text.slice(1);
  return inert(bare) === text ? bare : text;
}
