/** The tables of docs/configuration.md, made from the schema. */
import { type Description, describeConfig } from './description.ts';

interface Row {
  key: string;
  node: Description;
  required: boolean;
}

const begin = '<!-- tables: made by `npm run schemas`, not by hand -->';
const end = '<!-- end of tables -->';

/** The page with its tables made anew; the text around them stays. */
export function refreshPage(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/configuration.md has lost its marks ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${referenceTables()}\n${page.slice(to)}`;
}

export function referenceTables(): string {
  const sections = Object.entries(describeConfig().properties ?? {});
  return sections.map(([name, node]) => section(name, node)).join('\n');
}

function section(name: string, node: Description): string {
  const entry = node.additionalProperties;
  if (typeof entry !== 'object') {
    const object = (node.anyOf ?? [node]).find((option) => option.properties) ?? node;
    return `### \`${name}\`\n\n${node.description}\n\n${table(object)}`;
  }
  const forms = entry.oneOf ?? entry.anyOf ?? [entry];
  const tables = forms.map((form) => {
    const heading = forms.length > 1 ? `With \`${decidedBy(form)}\`:\n\n` : '';
    return heading + table(form);
  });
  return `### \`${name}.<name>\`\n\n${node.description}\n\n${tables.join('\n')}`;
}

function decidedBy(form: Description): string {
  const [name, property] =
    Object.entries(form.properties ?? {}).find(([, candidate]) => candidate.const !== undefined) ?? [];
  return `${name}: ${property?.const}`;
}

function table(object: Description): string {
  const lines = rows(object, '').map(({ key, node, required }) => {
    const cells = [
      `\`${key}\``,
      kindOf(node),
      required ? '**required**' : standardOf(node),
      node.description ?? '',
      code(node.examples?.[0]),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `| key | kind | default | meaning | example |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

/** A group of keys is listed key by key, with dots. */
function rows(object: Description, prefix: string): Row[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, node]) => {
    const row: Row = { key: prefix + name, node, required: object.required?.includes(name) ?? false };
    if (node.oneOf) return [row, ...node.oneOf.flatMap((form) => rowsOfForm(form, `${prefix}${name}.`))];
    const within = entriesOf(node);
    if (within) return [row, ...rowsOfEntries(within.form, `${prefix}${name}${within.step}.`)];
    const group = [node, ...(node.anyOf ?? [])].find((form) => form.properties);
    if (group === undefined || isMailbox(group)) return [row];
    const inner = rows(group, `${prefix}${name}.`);
    return group === node ? inner : [row, ...inner];
  });
}

/** What stands in each entry, of groups with names and of lists of groups. */
function entriesOf({
  additionalProperties: named,
  items,
}: Description): { form: Description; step: string } | null {
  if (typeof named === 'object' && (named.oneOf ?? named.properties)) return { form: named, step: '.<name>' };
  return items?.properties && !isMailbox(items) ? { form: items, step: '[]' } : null;
}

const rowsOfEntries = (form: Description, prefix: string): Row[] =>
  form.oneOf ? form.oneOf.flatMap((one) => rowsOfForm(one, prefix)) : rows(form, prefix);

/** Which form it is has a row of its own already. */
function rowsOfForm(form: Description, prefix: string): Row[] {
  const kind = `With \`${decidedBy(form)}\`: `;
  return rows(form, prefix)
    .filter(({ node }) => node.const === undefined)
    .map(({ node, ...row }) => ({ ...row, node: { ...node, description: kind + (node.description ?? '') } }));
}

/** An address may be written in short: one row says all. */
const isMailbox = (group: Description): boolean => group.properties?.address !== undefined;

function kindOf(node: Description): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum) return node.enum.map(code).join(', ');
  if (node.title) return node.title;
  if (typeof node.additionalProperties === 'object') return 'groups by name';
  if (node.oneOf) return `group with ${node.oneOf.map((form) => code(decidedBy(form))).join(', ')}`;
  if (node.items) return `list of ${kindOf(node.items)}`;
  const options = (node.anyOf ?? []).filter((option) => option.type !== 'null').map(kindOf);
  return [...new Set(options)].join(' or ') || (node.properties ? 'group' : (node.type ?? ''));
}

function standardOf(node: Description): string {
  return node.default === null || node.default === undefined ? 'none' : code(node.default);
}

function code(value: unknown): string {
  if (value === undefined) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
