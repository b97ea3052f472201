/** Notices carry names chosen by strangers: no line may start, end or turn around where we did not mean it to. */

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;
const controlButLineFeed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/gu;
const reordering = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line, however strange the text; cut after so many characters. */
export function oneLine(text: string, longest = 500): string {
  const clean = text.replace(control, ' ').replace(reordering, '').replace(/\s+/g, ' ').trim();
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 1).toWellFormed()}…`;
}

/** Line feeds are kept, nothing else that a terminal or mail program would act upon. */
export function plainBody(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(controlButLineFeed, ' ').replace(reordering, '');
}
