/** @module One of several kinds that a button offers. */

import { attribute, escapeHtml, own } from "./escape.ts";
import type { Words } from "./words.ts";

/** One of several kinds that the user can choose from before the click. */
export interface Choice {
  kind: string;
  /** Short: "PDF". */
  name: string;
  /** A sentence shown while this one is chosen. */
  note?: string;
}

/** The choice as radio buttons of a form. */
export function choiceHtml(choices: readonly Choice[], chosen: string, words: Words): string {
  const radios = choices.map(
    ({ kind, name }) =>
      `<label class="co-choice"><input type="radio" name="kind"${attribute("value", kind)}${kind === chosen ? " checked" : ""}><span class="co-choice-name">${own(name)}</span></label>`,
  );
  return `<fieldset class="co-choices"><legend>${escapeHtml(words.choice)}</legend>${radios.join("")}</fieldset>`;
}
