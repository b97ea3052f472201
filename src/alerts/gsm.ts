/** What fits into one short message: 160 characters of the GSM alphabet, of which some count twice. Pure. */

const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const twice = new Set('^{}\\[~]|€');
const longest = 160;

const weight = (character: string): number => (basic.has(character) ? 1 : twice.has(character) ? 2 : 0);

/** The text with what the alphabet lacks written otherwise, cut to one message. */
export function shortMessage(text: string): string {
  const fit = [...text.replaceAll('…', '...').replaceAll('•', '*')].map(inAlphabet).join('');
  if (lengthOf(fit) <= longest) return fit;
  let length = 3;
  let cut = '';
  for (const character of fit) {
    length += weight(character);
    if (length > longest) break;
    cut += character;
  }
  return `${cut}...`;
}

function inAlphabet(character: string): string {
  if (weight(character) > 0) return character;
  const plain = [...character.normalize('NFKD')].filter((part) => weight(part) > 0).join('');
  return plain === '' ? '?' : plain;
}

export const lengthOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + weight(character), 0);
