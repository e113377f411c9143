/**
 * @module The elements' styles, used in two places: scoped to the elements' names, for the plain HTML shown until their
 * script has loaded (or instead of it), and in the elements' shadow trees. Pages load them once: the latter are taken
 * from the former.
 *
 * Set any `--carryout-…` property on a page or an element to change it.
 */

import { commonRules, properties } from "./style-common.ts";
import { formRules } from "./style-form.ts";
import { inlineRules } from "./style-inline.ts";
import { trayRules } from "./style-tray.ts";

const RULES = commonRules + formRules + inlineRules + trayRules;
/** Key frames can't be nested; everything else can. */
const FRAMES = /@keyframes[^}]*\}[^}]*\}\s*\}/g;

/** `carryout.css` has each on a line of its own, below one with the version; see `shadow-styles.ts`. */
export const pageSections: readonly string[] = [
  "carryout-button, carryout-export, carryout-tray, carryout-progress {",
  properties,
  RULES.replace(FRAMES, ""),
  "} carryout-button:empty:not(:defined) { min-block-size: 2.75rem; }",
  (RULES.match(FRAMES) ?? []).join("\n"),
];

/** For the page, as `carryout.css`: affects nothing outside the elements. */
export const pageCss = pageSections.join("\n");
