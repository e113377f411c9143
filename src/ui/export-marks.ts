/** @module Updates a form's controls with data that their HTML can't contain. */

const ENABLED = "input:enabled:not([type=hidden])";

/** Shows the number of chosen columns beside their heading. */
export function markCount(form: HTMLFormElement, text: string): void {
  const count = form.querySelector(".co-count");
  if (count) count.textContent = text;
}

/** Shows each mistake at its field; `mistakeOf` returns undefined for a field without one. */
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
