/**
 * Makes free text from outside (a library's or a server's message) fit for logs and mails: e-mail addresses and long runs of digits (phone
 * numbers, IMEIs) are made unreadable. Our own messages need none of it; they are written without values.
 */
export function scrub(text: string): string {
  return text
    .replace(/[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g, '•••@•••')
    .replace(/\+?\d(?:[ -]?\d){6,}/g, '•••');
}
