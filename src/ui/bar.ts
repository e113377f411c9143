/** @module Sets how far a bar is filled, in a way that a Content-Security-Policy without inline styles allows. */

import { noChange } from "lit";
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
