/** @module The controls of an export's form as HTML: the same from the server and in the element. */

import { choiceHtml } from "./choice.ts";
import { attribute, escapeHtml, hidden, own } from "./escape.ts";
import type { Field, Option } from "./export-field.ts";
import { textsOf } from "./export-field.ts";
import { type Chosen, COLUMNS, type ExportForm, fieldName, KIND } from "./export-form.ts";
import type { Words } from "./words.ts";

export interface ControlsOptions {
  words: Words;
  /** The prefix of all ids, unique in their tree. */
  id: string;
  /** True to include the buttons that need a script. */
  scripted: boolean;
}

/** Format, filters and columns. */
export function controlsHtml(form: ExportForm, chosen: Chosen, options: ControlsOptions): string {
  const kind = chosen.get(KIND)?.[0] ?? "";
  const fields = form.fields.map((field, index) =>
    fieldHtml(field, chosen, `${options.id}-${index}`, options.words),
  );
  return [
    form.choices.length > 1 ? choiceHtml(form.choices, kind, options.words) : hidden(KIND, kind),
    fields.length > 0 ? `<div class="co-fields" part="fields">${fields.join("")}</div>` : "",
    form.hasColumns ? columnsHtml(form, chosen, options) : "",
  ].join("");
}

/** The page's values that have no field, for a form that is sent without a script. */
export function fixedHtml({ fixed }: ExportForm): string {
  return Object.entries(fixed)
    .flatMap(([name, value]) => {
      const texts = value === false ? ["false"] : textsOf(value);
      return texts.map((text) => hidden(fieldName(name), text));
    })
    .join("");
}

function fieldHtml(field: Field, chosen: Chosen, id: string, words: Words): string {
  const { label, help, required, control } = field;
  const texts = chosen.get(fieldName(field.name)) ?? [];
  const note = required ? ` <span class="co-muted">${escapeHtml(words.required)}</span>` : "";
  const about = `${help ? `<p class="co-help" part="help" id="${id}-help">${own(help)}</p>` : ""}${mistakeHtml(id)}`;
  const described = ` aria-describedby="${help ? `${id}-help ` : ""}${id}-mistake"`;
  switch (control.type) {
    case "checkbox": {
      const says = control.says ? hidden(fieldName(field.name), "false") : "";
      return wrapped(
        `${says}${checkHtml(fieldName(field.name), "true", label, texts.includes("true"), described)}${about}`,
      );
    }
    case "checkboxes": {
      const checks = control.options.map(({ text, label }) =>
        checkHtml(fieldName(field.name), text, label, texts.includes(text)),
      );
      const legend = `<legend class="co-label" part="label">${own(label)}${note}</legend>`;
      return `<fieldset class="co-field co-group" part="field"${described}>${legend}<div class="co-checks">${checks.join("")}</div>${about}</fieldset>`;
    }
    default: {
      const name = attribute("name", fieldName(field.name));
      const shared = `class="co-input" part="input" id="${id}"${name}${required ? " required" : ""}${described}`;
      const input =
        control.type === "select" ? selectHtml(field, texts, shared, words) : inputHtml(field, texts, shared);
      return wrapped(
        `<label class="co-label" part="label" for="${id}">${own(label)}${note}</label>${input}${about}`,
      );
    }
  }
}

function wrapped(content: string): string {
  return `<div class="co-field" part="field">${content}</div>`;
}

/** The field's mistake. The script fills it in; the element exists before, so that screen readers announce changes. */
function mistakeHtml(id: string): string {
  return `<p class="co-mistake" part="mistake" id="${id}-mistake" hidden></p>`;
}

function selectHtml(
  { control, required, initial }: Field,
  texts: readonly string[],
  shared: string,
  words: Words,
) {
  const options = control.type === "select" ? control.options : [];
  // Only without an initial choice: an empty value means the default, which is one of the options.
  const none = initial.length > 0 ? [] : [{ text: "", label: required ? words.select : words.any }];
  const html = [...none, ...options].map(
    ({ text, label }: Pick<Option, "text" | "label">) =>
      `<option${attribute("value", text)}${text === (texts[0] ?? "") ? " selected" : ""}>${escapeHtml(label)}</option>`,
  );
  return `<select ${shared}>${html.join("")}</select>`;
}

function inputHtml({ control, help }: Field, texts: readonly string[], shared: string): string {
  const number = (name: string, value: number | null) =>
    attribute(name, value === null ? null : String(value));
  const value = attribute("value", texts[0] ?? "");
  if (control.type === "number") {
    return `<input type="number" ${shared}${value}${number("min", control.min)}${number("max", control.max)}${attribute("step", control.step)}>`;
  }
  if (control.type !== "text") return "";
  const { input, minLength, maxLength, pattern, example } = control;
  // Browsers show the title beside a pattern that doesn't match.
  const title = pattern === null ? "" : attribute("title", help);
  return `<input type="${input}" ${shared}${value}${number("minlength", minLength)}${number("maxlength", maxLength)}${attribute("pattern", pattern)}${title}${attribute("placeholder", example)} autocomplete="off">`;
}

function checkHtml(name: string, value: string, label: string, checked: boolean, more = ""): string {
  return `<label class="co-check"><input type="checkbox" part="check"${attribute("name", name)}${attribute("value", value)}${checked ? " checked" : ""}${more}><span>${own(label)}</span></label>`;
}

/** A column that can't be left out is sent by a hidden field: browsers do not send disabled ones. */
function columnsHtml(form: ExportForm, chosen: Chosen, { words, id, scripted }: ControlsOptions): string {
  const checked = chosen.get(COLUMNS) ?? [];
  const checks = form.export.columns.map(({ key, title, optional }) =>
    optional
      ? checkHtml(COLUMNS, key, title, checked.includes(key))
      : `${hidden(COLUMNS, key)}${checkHtml("", key, title, true, " disabled")}`,
  );
  const both = scripted
    ? `<div class="co-both"><button type="button" class="co-plain" part="all" data-check="all">${own(words.all)}</button><button type="button" class="co-plain" part="none" data-check="none">${own(words.none)}</button></div>`
    : "";
  return `<details class="co-columns" part="columns"><summary class="co-summary" part="summary"><span class="co-label">${own(words.columns)}</span><bdi class="co-count co-muted" part="count"></bdi></summary><fieldset class="co-group" aria-describedby="${id}-columns-mistake"><legend class="co-heard">${escapeHtml(words.columns)}</legend>${both}<div class="co-checks">${checks.join("")}</div>${mistakeHtml(`${id}-columns`)}</fieldset></details>`;
}
