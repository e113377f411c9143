/** @module Styles of a shadow tree. */

import { commonRules, properties } from "./style-common.ts";

/** What all elements share: the same text, so that browsers parse it once. */
export const sharedStyles: readonly string[] = [
  `:host {${properties}} :host([hidden]) { display: none; } ${commonRules}`,
];

/** With an element's own rules. */
export function stylesWith(rules: string): readonly string[] {
  return [...sharedStyles, rules];
}
