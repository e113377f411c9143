/** @module An export's form: its fields, its initial choices, and the request that it makes. */

import type { PublicExport } from "../wire/export.ts";
import type { Choice } from "./choice.ts";
import { type Field, fieldsOf, textsOf, valueIn } from "./export-field.ts";

/** The choices: for the name of each field, the texts that the form sends. */
export type Chosen = ReadonlyMap<string, readonly string[]>;

/** The names of the form's fields, as `POST /downloads` takes them. */
export const KIND = "kind";
export const COLUMNS = "params.columns";
export const fieldName = (parameter: string) => `params.${parameter}`;

/** The page's settings. */
export interface FormSettings {
  export: PublicExport;
  /** The name of the initial format. Default: the first one. */
  format?: string | null | undefined;
  /** Initial parameters; those without a field are part of every request. */
  values?: Readonly<Record<string, unknown>> | null | undefined;
  /** The kinds to offer, in this order, with their names and notes. Default: all. */
  choices?: readonly Choice[];
}

export interface ExportForm {
  readonly export: PublicExport;
  readonly choices: readonly Choice[];
  readonly fields: readonly Field[];
  /** Whether there is a column to choose. */
  readonly hasColumns: boolean;
  /** The initial choices: the page's values, then defaults. */
  readonly first: Chosen;
  /** The names of the fields whose initial choice is the page's. */
  readonly given: ReadonlySet<string>;
  /** The page's values that have no field. */
  readonly fixed: Readonly<Record<string, unknown>>;
}

export function exportForm({ export: offer, format, values, choices = [] }: FormSettings): ExportForm {
  const offered = choices.filter(({ kind }) => offer.formats.some((one) => one.kind === kind));
  const all = offer.formats.map(({ kind, name }) => ({ kind, name: name.toUpperCase() }));
  const shown = offered.length > 0 ? offered : all;
  const fields = fieldsOf(offer.params);
  const hasColumns = offer.columns.some(({ optional }) => optional);
  const given = new Map<string, readonly string[]>();
  const fixed: Record<string, unknown> = {};
  const wanted = offer.formats.find(({ name }) => name === format)?.kind;
  if (shown.some(({ kind }) => kind === wanted)) given.set(KIND, [wanted as string]);
  for (const [name, value] of Object.entries(values ?? {})) {
    if (value === undefined) continue;
    if (name === "columns" ? hasColumns : fields.some((field) => field.name === name)) {
      given.set(fieldName(name), textsOf(value));
    } else fixed[name] = value;
  }
  const first = new Map<string, readonly string[]>([[KIND, shown.slice(0, 1).map(({ kind }) => kind)]]);
  if (hasColumns)
    first.set(
      COLUMNS,
      keysOf(offer, ({ selected }) => selected),
    );
  for (const { name, initial } of fields) first.set(fieldName(name), initial);
  for (const [name, texts] of given) first.set(name, texts);
  return { export: offer, choices: shown, fields, hasColumns, first, given: new Set(given.keys()), fixed };
}

/** The keys of the columns that can't be left out, and of those that `which` selects. */
function keysOf(
  { columns }: PublicExport,
  which: (column: PublicExport["columns"][number]) => boolean = () => false,
): string[] {
  return columns.filter((column) => !column.optional || which(column)).map(({ key }) => key);
}

/** The choices among the values that a form sends. */
export function chosenIn(form: ExportForm, sent: Iterable<readonly [string, unknown]>): Chosen {
  const chosen = new Map<string, string[]>([...form.first.keys()].map((name) => [name, []]));
  for (const [name, text] of sent) {
    if (typeof text === "string" && text !== "") chosen.get(name)?.push(text);
  }
  // A checkbox sends "false" before its own "true".
  for (const { name, control } of form.fields) {
    const texts = chosen.get(fieldName(name));
    if (control.type === "checkbox" && texts) texts.splice(0, texts.length, ...texts.filter(isTrue));
  }
  return chosen;
}

function isTrue(text: string): boolean {
  return text === "true";
}

/** `first`, with later choices as far as the form has them. */
export function combined(form: ExportForm, ...later: readonly Chosen[]): Chosen {
  const chosen = new Map(form.first);
  for (const [name, texts] of later.flatMap((one) => [...one])) {
    if (chosen.has(name) && canBe(form, name, texts)) chosen.set(name, texts);
  }
  return chosen;
}

/** The choices that differ from `before`. */
export function differences(before: Chosen, after: Chosen): Chosen {
  return new Map([...after].filter(([name, texts]) => texts.join("\n") !== before.get(name)?.join("\n")));
}

/** False for a format, column or option that no longer exists. */
function canBe(form: ExportForm, name: string, texts: readonly string[]): boolean {
  if (name === KIND) return form.choices.some(({ kind }) => kind === texts[0]);
  if (name === COLUMNS) return texts.every((text) => form.export.columns.some(({ key }) => key === text));
  const control = form.fields.find((field) => fieldName(field.name) === name)?.control;
  return (
    !control ||
    !("options" in control) ||
    texts.every((text) => control.options.some((one) => one.text === text))
  );
}

/** The request for these choices. `locale` and `timeZone` are the reader's, where the page gives none. */
export function requestFor(
  form: ExportForm,
  chosen: Chosen,
  reader: { locale: string; timeZone: string },
): { kind: string; params: Record<string, unknown> } {
  const params: Record<string, unknown> = { ...reader, ...form.fixed };
  const columns = chosen.get(COLUMNS);
  if (columns) params.columns = keysOf(form.export, ({ key }) => columns.includes(key));
  for (const field of form.fields) {
    const value = valueIn(field, chosen.get(fieldName(field.name)) ?? []);
    if (value !== undefined) params[field.name] = value;
  }
  return { kind: chosen.get(KIND)?.[0] ?? "", params };
}

/** The mistakes by the name of their field, and whether there are any others. */
export function mistakesIn(
  form: ExportForm,
  errors: readonly { path: string; message: string }[],
): { byField: ReadonlyMap<string, string>; others: boolean } {
  const byField = new Map<string, string>();
  let others = false;
  for (const { path, message } of errors) {
    const name = [...form.first.keys()].find((one) => one !== KIND && isWithin(fieldName(path), one));
    if (name === undefined) others = true;
    else if (!byField.has(name)) byField.set(name, message);
  }
  return { byField, others };
}

function isWithin(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}
