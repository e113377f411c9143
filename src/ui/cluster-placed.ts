/** @module Sets positions and sizes in a way that a Content-Security-Policy without inline styles allows. */

import { noChange } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";

/** In pixels. */
interface Placing {
  top?: number;
  height?: number;
}

/** As for `filled`: the property is allowed, a `style` attribute is not. */
class Placed extends Directive {
  override update({ element }: ElementPart, [{ top, height }]: [Placing]) {
    const { style } = element as HTMLElement;
    if (top !== undefined) style.transform = `translateY(${top}px)`;
    if (height !== undefined) style.height = `${height}px`;
    return noChange;
  }

  override render(_placing: Placing) {
    return noChange;
  }
}

export const placed = directive(Placed);
