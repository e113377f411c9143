/** @module Styles of a shadow tree. */

import { type CSSResult, unsafeCSS } from "lit";
import { commonRules, properties } from "./style-common.ts";

/** What all elements share: the same object, so that browsers parse it once. */
export const sharedStyles: CSSResult = unsafeCSS(
  `:host {${properties}} :host([hidden]) { display: none; } ${commonRules}`,
);

/** With an element's own rules. */
export function stylesWith(rules: string): CSSResult[] {
  return [sharedStyles, unsafeCSS(rules)];
}
