/**
 * @module The elements' styles, used in two places: the elements' shadow trees and, scoped to the elements' names, the
 * plain HTML shown until their script has loaded (or instead of it).
 *
 * Set any `--carryout-…` property on a page or an element to change it.
 */

import { commonRules, properties } from "./style-common.ts";
import { formRules } from "./style-form.ts";
import { inlineRules } from "./style-inline.ts";
import { trayRules } from "./style-tray.ts";

/** For the page, as `carryout.css`: affects nothing outside the elements. */
export const pageCss = pageStyles(commonRules + formRules + inlineRules + trayRules);

function pageStyles(rules: string): string {
  const frames = /@keyframes[^}]*\}[^}]*\}\s*\}/g;
  // Key frames can't be nested; everything else can.
  return `carryout-button, carryout-export, carryout-tray, carryout-progress {${properties}${rules.replace(frames, "")}}
carryout-button:empty:not(:defined) { min-block-size: 2.75rem; }
${(rules.match(frames) ?? []).join("\n")}`;
}
