/** @module What is wrong with a field, in words for users. */

import { wholeNumber } from "../client/format.ts";
import type { Field } from "./export-field.ts";
import { isTechnical } from "./failures.ts";
import { fill, type Words } from "./words.ts";

/**
 * By the limits that the field declares, else the server's sentence, unless that is one for developers. `field` is
 * undefined for the columns.
 */
export function mistakeText(
  field: Field | undefined,
  texts: readonly string[],
  message: string,
  words: Words,
  locale: string,
): string {
  const broken = field && brokenLimit(field, texts, words, locale);
  return broken ?? (isTechnical(message) ? (field ? words.notAccepted : words.needOne) : message);
}

function brokenLimit(
  { control, required }: Field,
  [text = ""]: readonly string[],
  words: Words,
  locale: string,
): string | null {
  const number = (value: number) => wholeNumber(value, locale);
  if (text === "") {
    if (control.type === "checkboxes") return words.needOne;
    return required ? words.needed : null;
  }
  if (control.type === "number") {
    const value = Number(text);
    if (!Number.isFinite(value)) return words.needNumber;
    if (control.step === "1" && !Number.isInteger(value)) return words.needWhole;
    if (control.min !== null && value < control.min)
      return fill(words.needAtLeast, { min: number(control.min) });
    if (control.max !== null && value > control.max)
      return fill(words.needAtMost, { max: number(control.max) });
  }
  if (control.type === "text") {
    const { minLength, maxLength } = control;
    if (minLength !== null && text.length < minLength)
      return fill(words.needLonger, { min: number(minLength) });
    if (maxLength !== null && text.length > maxLength)
      return fill(words.needShorter, { max: number(maxLength) });
  }
  return null;
}
