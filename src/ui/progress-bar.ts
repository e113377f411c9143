/** @module A progress bar. */

import { html, nothing, type TemplateResult } from "./dom/template.ts";
import type { Words } from "./words.ts";

/** Named after its file. Without `aria-valuenow` while the progress is unknown, which means "indeterminate". */
export function bar(percent: number | null, name: string, words: Words): TemplateResult {
  return html`<div class=${percent === null ? "co-bar co-unknown" : "co-bar"} part="bar" role="progressbar"
    aria-label=${`${words.progress}: ${name}`} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent ?? nothing}>
    <div class="co-fill" part="fill" ~translate=${percent === null ? "" : `${percent - 100}%`}></div>
  </div>`;
}
