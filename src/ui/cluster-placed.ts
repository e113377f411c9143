/** @module Sets positions and sizes in a way that a Content-Security-Policy without inline styles allows. */

import { noChange } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";

interface Placing {
  /** In pixels. */
  top?: number;
  height?: number;
  /** How much of a bar this element fills. */
  percent?: number;
}

/** Such a policy blocks `style` attributes, even set by script, but not the property. Lit's `styleMap` sets both. */
class Placed extends Directive {
  override update({ element }: ElementPart, [{ top, height, percent }]: [Placing]) {
    const { style } = element as HTMLElement;
    if (top !== undefined) style.transform = `translateY(${top}px)`;
    if (height !== undefined) style.height = `${height}px`;
    if (percent !== undefined) style.translate = `${percent - 100}%`;
    return noChange;
  }

  override render(_placing: Placing) {
    return noChange;
  }
}

/** For the element that it stands in: `<div ${placed({ percent: 41 })}>`. */
export const placed = directive(Placed);
