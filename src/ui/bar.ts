/** @module How far a bar is filled, set in a way that a Content-Security-Policy without inline styles allows. */

import { noChange } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";

/** A `style` attribute is refused there, also when a script sets it; the property is not. Lit's `styleMap` sets both. */
class Filled extends Directive {
  override update({ element }: ElementPart, [percent]: [number | null]) {
    (element as HTMLElement).style.translate = percent === null ? "" : `${percent - 100}%`;
    return noChange;
  }

  override render(_percent: number | null) {
    return noChange;
  }
}

/** On the element that moves within the bar: `<div ${filled(41)}>`; null while it is not known. */
export const filled = directive(Filled);
