/** @module Writes into the controls of a form what their HTML can't know. */

const ENABLED = "input:enabled:not([type=hidden])";

/** How many columns are chosen, beside their heading. */
export function markCount(form: HTMLFormElement, text: string): void {
  const count = form.querySelector(".co-count");
  if (count) count.textContent = text;
}

/** What is wrong with which field, told at the field; undefined for nothing. */
export function markMistakes(form: HTMLFormElement, mistakeOf: (name: string) => string | undefined): void {
  for (const described of form.querySelectorAll("[aria-describedby]")) {
    const control = described.matches("fieldset") ? described.querySelector(ENABLED) : described;
    const place = form.querySelector(`#${described.getAttribute("aria-describedby")?.split(" ").at(-1)}`);
    if (!control || !(place instanceof HTMLElement)) continue;
    const mistake = mistakeOf((control as HTMLInputElement).name);
    if (mistake === undefined) control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
    place.hidden = mistake === undefined;
    place.textContent = mistake ?? "";
    const folded = mistake !== undefined && control.closest("details");
    if (folded) folded.open = true;
  }
}
