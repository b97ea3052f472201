/** The text of a notice as HTML, for mail programs that show it. Nothing of the text is taken for markup. Pure. */
import type { Severity } from '../base/notice-kinds.ts';
import { factWidth } from './layout.ts';

const colours: Readonly<Record<Severity, string>> = {
  info: '#4a6785',
  warning: '#9a6700',
  critical: '#b3261e',
};

/** A whole page without anything from elsewhere: no picture, no link, no script. */
export function htmlOf(subject: string, body: string, severity: Severity): string {
  const paragraphs = body
    .trim()
    .split(/\n{2,}/)
    .map(paragraph);
  const frame = `border-left:4px solid ${colours[severity]};padding:0 16px`;
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    `<body style="font:14px/1.5 sans-serif;color:#222"><div style="${frame}">`,
    `<h1 style="font-size:17px">${escaped(subject)}</h1>`,
    ...paragraphs,
    '</div></body></html>',
    '',
  ].join('\n');
}

function paragraph(text: string): string {
  const lines = text.split('\n');
  const [first = '', ...rest] = lines;
  if (rest.length > 0 && first.endsWith(':') && rest.every((line) => line.startsWith('  ')))
    return `<p style="margin-bottom:0">${escaped(first)}</p>\n<ul style="margin-top:4px">${rest.map(item).join('')}</ul>`;
  if (lines.every(isFact)) return `<table style="border-spacing:0">${lines.map(fact).join('')}</table>`;
  return `<p>${lines.map(escaped).join('<br>')}</p>`;
}

const item = (line: string): string => `<li>${escaped(line.trim())}</li>`;

/** As `layOut` writes them: the name, padded. */
const isFact = (line: string): boolean =>
  /^[A-Z]/.test(line) && line[factWidth - 1] === ' ' && line[factWidth] !== ' ' && line.length > factWidth;

const fact = (line: string): string =>
  `<tr><td style="padding-right:16px;vertical-align:top;color:#666">${escaped(line.slice(0, factWidth).trim())}</td><td>${escaped(line.slice(factWidth))}</td></tr>`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
