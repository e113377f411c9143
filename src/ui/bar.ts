/** @module A progress bar that a Content-Security-Policy without inline styles can fill. */

import { html, noChange, nothing, type TemplateResult } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";

/** Such a policy blocks `style` attributes, even set by script, but not the property. Lit's `styleMap` sets both. */
class Filled extends Directive {
  override update({ element }: ElementPart, [percent]: [number | null]) {
    (element as HTMLElement).style.translate = percent === null ? "" : `${percent - 100}%`;
    return noChange;
  }

  override render(_percent: number | null) {
    return noChange;
  }
}

/** For the element that fills the bar: `<div ${filled(41)}>`; null while unknown. */
export const filled = directive(Filled);

/** Without `aria-valuenow` while the progress is unknown, which means "indeterminate". */
export function bar(percent: number | null, label: string): TemplateResult {
  return html`<div class="co-bar ${percent === null ? "co-unknown" : ""}" part="bar" role="progressbar"
    aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent ?? nothing}>
    <div class="co-fill" part="fill" ${filled(percent)}></div>
  </div>`;
}
