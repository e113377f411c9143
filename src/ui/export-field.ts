/**
 * @module The fields of an export's form, made from the JSON Schema of its parameters.
 *
 * A property with no fitting control (an object, a list of free values, a choice between types, a reference) has no
 * field: requests leave it to its default, unless the page gives a value for it.
 */

import { asWords } from "./words.ts";

/** One of several values; `text` is the value that a form sends for it. */
export interface Option {
  readonly text: string;
  readonly label: string;
  readonly value: unknown;
}

export type Control =
  | {
      readonly type: "text";
      readonly input: "text" | "email" | "url" | "date";
      readonly minLength: number | null;
      readonly maxLength: number | null;
      /** For the attribute `pattern`, which must match the whole text. */
      readonly pattern: string | null;
      readonly example: string | null;
    }
  | {
      readonly type: "number";
      readonly min: number | null;
      readonly max: number | null;
      readonly step: string;
    }
  /** `says` is true when an unchecked box is sent as "false". */
  | { readonly type: "checkbox"; readonly says: boolean }
  | { readonly type: "select"; readonly options: readonly Option[] }
  | { readonly type: "checkboxes"; readonly options: readonly Option[] };

export interface Field {
  /** The parameter. */
  readonly name: string;
  readonly label: string;
  readonly help: string | null;
  readonly required: boolean;
  readonly control: Control;
  /** The default, as a form sends it; empty for none. */
  readonly initial: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;

/** One for each property with a fitting control, in the order of the schema. */
export function fieldsOf(schema: Schema | null): Field[] {
  const required = listOf(schema?.required);
  return Object.entries(objectOf(schema?.properties) ?? {}).flatMap(([name, given]) => {
    const property = withoutNull(objectOf(given) ?? {});
    const isRequired = required.includes(name) && property.default === undefined;
    const control = controlOf(property, isRequired);
    if (control === null) return [];
    return [
      {
        name,
        label: textOf(property.title) ?? asWords(name),
        help: textOf(property.description),
        required: isRequired,
        control,
        initial: textsOf(property.default),
      },
    ];
  });
}

/** A value as a form sends it: each part as a text. Empty for a value that a form can't send. */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => (Array.isArray(item) ? [] : textsOf(item)));
  if (typeof value === "boolean") return value ? ["true"] : [];
  if (typeof value === "number" || (typeof value === "string" && value !== "")) return [String(value)];
  return [];
}

/** The request's value for these texts of a field; undefined for none. Text that is not a number stays text. */
export function valueIn({ control }: Field, texts: readonly string[]): unknown {
  const [text] = texts;
  switch (control.type) {
    case "checkbox":
      return text === "true" || (control.says ? false : undefined);
    case "checkboxes":
      return control.options.filter((option) => texts.includes(option.text)).map(({ value }) => value);
    case "select":
      return text === undefined ? undefined : control.options.find((option) => option.text === text)?.value;
    case "number":
      return text === undefined || !Number.isFinite(Number(text)) ? text : Number(text);
    case "text":
      return text;
  }
}

function controlOf(property: Schema, isRequired: boolean): Control | null {
  const options = optionsOf(property);
  if (options !== null) return { type: "select", options };
  switch (property.type) {
    case "string":
      return textControl(property);
    case "number":
    case "integer":
      return numberControl(property);
    case "boolean":
      return { type: "checkbox", says: isRequired || property.default !== undefined };
    case "array": {
      const items = optionsOf(objectOf(property.items) ?? {});
      return items && { type: "checkboxes", options: items };
    }
    default:
      return null;
  }
}

const INPUTS: Readonly<Record<string, "email" | "url" | "date">> = {
  email: "email",
  uri: "url",
  date: "date",
};

function textControl({ format, minLength, maxLength, pattern, examples }: Schema): Control {
  const input = (typeof format === "string" && Object.hasOwn(INPUTS, format) && INPUTS[format]) || "text";
  return {
    type: "text",
    input,
    minLength: numberOf(minLength),
    maxLength: numberOf(maxLength),
    // The browser checks the others better than their patterns, which are long.
    pattern: input === "text" ? wholePattern(textOf(pattern)) : null,
    example: textOf(listOf(examples)[0]),
  };
}

/** JSON Schema's patterns match anywhere in the text. Null for a pattern that browsers don't support. */
function wholePattern(pattern: string | null): string | null {
  if (pattern === null) return null;
  try {
    new RegExp(pattern, "v");
    return `[\\s\\S]*(?:${pattern})[\\s\\S]*`;
  } catch {
    return null;
  }
}

function numberControl(schema: Schema): Control {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const isWhole = type === "integer";
  const bound = (inclusive: unknown, exclusive: unknown, inward: number): number | null => {
    const given = numberOf(inclusive) ?? (isWhole ? plus(numberOf(exclusive), inward) : null);
    // The limits that schema libraries give every integer.
    return given !== null && Math.abs(given) < Number.MAX_SAFE_INTEGER ? given : null;
  };
  return {
    type: "number",
    min: bound(minimum, exclusiveMinimum, 1),
    max: bound(maximum, exclusiveMaximum, -1),
    step: String(numberOf(multipleOf) ?? (isWhole ? 1 : "any")),
  };
}

function plus(value: number | null, more: number): number | null {
  return value === null ? null : value + more;
}

/** From `enum`, `const`, or a choice of titled `const`s; null for anything else. */
function optionsOf(schema: Schema): Option[] | null {
  const values = schema.const !== undefined ? [{ const: schema.const }] : constsOf(schema);
  const options = values.flatMap(({ const: value, title }) =>
    typeof value === "string" || typeof value === "number"
      ? [{ text: String(value), label: textOf(title) ?? String(value), value }]
      : [],
  );
  return options.length > 0 && options.length === values.length ? options : null;
}

function constsOf(schema: Schema): Schema[] {
  if (Array.isArray(schema.enum))
    return schema.enum.flatMap((value) => (value === null ? [] : [{ const: value }]));
  return listOf(schema.oneOf ?? schema.anyOf).map((choice) => objectOf(choice) ?? {});
}

/** "Or null" adds nothing to a form: an empty field is left out. */
function withoutNull(schema: Schema): Schema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return types.length === 1 ? { ...schema, type: types[0] } : schema;
  }
  for (const name of ["anyOf", "oneOf"]) {
    const { [name]: given, ...rest } = schema;
    const choices = listOf(given);
    const others = choices.filter((choice) => objectOf(choice)?.type !== "null");
    if (others.length === choices.length) continue;
    const [only] = others.map((choice) => objectOf(choice) ?? {});
    return others.length === 1 && only?.const === undefined
      ? { ...only, ...rest }
      : { ...schema, [name]: others };
  }
  return schema;
}

function objectOf(value: unknown): Schema | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : null;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
