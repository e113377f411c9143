/**
 * @module Styles of button, form, panel and tray, used in two places: the elements' shadow trees and, scoped to the
 * elements' names, the plain HTML shown until their script has loaded (or instead of it).
 *
 * Set any `--carryout-…` property on a page or an element to change it.
 */

const properties = `
  --accent: var(--carryout-accent, light-dark(#6d28d9, #a78bfa));
  --accent-strong: var(--carryout-accent-strong, light-dark(#5b21b6, #c4b5fd));
  --on-accent: var(--carryout-on-accent, light-dark(#ffffff, #1c1033));
  --surface: var(--carryout-surface, light-dark(#ffffff, #1b1a24));
  --text: var(--carryout-text, light-dark(#1c1a27, #f1eff7));
  --muted: var(--carryout-muted, light-dark(#5f5b6e, #aaa5ba));
  --border: var(--carryout-border, light-dark(#e3e0eb, #34313f));
  --track: var(--carryout-track, light-dark(#e6e2ef, #3a3647));
  --danger: var(--carryout-danger, light-dark(#b42318, #fda29b));
  --success: var(--carryout-success, light-dark(#067647, #75e0a7));
  --radius: var(--carryout-radius, 0.625rem);
  display: block;
  color: var(--text);
  font-family: var(--carryout-font, inherit);
  font-size: var(--carryout-font-size, 0.9375rem);
  line-height: 1.4;
`;

const rules = `
.co-heard { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, .co-link { font: inherit; cursor: pointer; }
button:focus-visible, a:focus-visible, .co-panel:focus-visible, input:focus-visible + .co-choice-name, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
form { margin: 0; display: contents; }

.co-choices { display: flex; gap: 0; margin: 0 0 0.75rem; padding: 0.1875rem; border: 0; border-radius: var(--radius); background: var(--track); min-inline-size: 0; }
.co-choices legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.co-choice { flex: 1 1 auto; position: relative; display: block; cursor: pointer; }
/* At the edge of the text, not under it, so that tools that target either of the two hit it. */
.co-choice input { position: absolute; inset: auto 0 0; block-size: 4px; inline-size: 100%; opacity: 0; margin: 0; cursor: pointer; }
.co-choice-name { display: block; padding: 0.3125rem 0.5rem; border-radius: calc(var(--radius) - 0.1875rem); text-align: center; font-weight: 500; font-size: 0.875em; color: var(--muted); }
.co-choice:hover .co-choice-name { color: var(--text); }
.co-choice input:checked + .co-choice-name { background: var(--surface); color: var(--text); font-weight: 600; box-shadow: 0 1px 2px rgb(0 0 0 / 0.14); }

.co-start {
  display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; box-sizing: border-box; inline-size: var(--carryout-button-width, auto);
  padding: 0.625rem 1.125rem; border: 1px solid transparent; border-radius: var(--radius);
  background: var(--accent); color: var(--on-accent); font-weight: 600; transition: background-color 0.15s;
}
.co-start:hover { background: var(--accent-strong); }
.co-start:disabled { background: var(--track); color: var(--muted); cursor: not-allowed; }
.co-start svg { inline-size: 1.125em; block-size: 1.125em; flex: none; }
.co-note { margin: 0.5rem 0 0; color: var(--muted); font-size: 0.875em; }

.co-panel {
  box-sizing: border-box; display: flex; flex-direction: column; gap: 0.5rem;
  min-block-size: var(--carryout-panel-min-height, 11.25rem); padding: var(--carryout-panel-padding, 0.875rem 1rem);
  border: 1px solid var(--carryout-panel-border, var(--border)); border-radius: var(--radius); background: var(--surface);
}
.co-panel + .co-choices, .co-panel + .co-start, .co-panel + form:not(.co-form) > :first-child, .co-panel + .co-form, .co-panel + :is(.co-again, .co-more) { margin-block-start: 0.75rem; }
.co-title { margin: 0; font: inherit; font-weight: 600; display: flex; align-items: center; gap: 0.5rem; }
.co-title svg { inline-size: 1.25em; block-size: 1.25em; flex: none; }
.co-ready .co-title svg { color: var(--success); }
.co-error .co-title svg { color: var(--danger); }
.co-error .co-title { color: var(--danger); }
.co-row { display: flex; justify-content: space-between; gap: 0.75rem; align-items: baseline; }
.co-line { margin: 0; min-inline-size: 0; overflow-wrap: anywhere; }
.co-percent { font-weight: 600; font-variant-numeric: tabular-nums; }
.co-facts { margin: 0; min-block-size: 1.4em; color: var(--muted); font-size: 0.875em; font-variant-numeric: tabular-nums; }
.co-facts span + span::before { content: "·"; margin-inline: 0.4em; }
.co-actions { display: flex; flex-wrap: wrap; gap: 0.375rem 0.5rem; justify-content: flex-end; align-items: center; margin-block-start: auto; }
.co-quiet { padding: 0.25rem 0.625rem; border: 1px solid var(--border); border-radius: calc(var(--radius) - 0.125rem); background: transparent; color: var(--text); font-size: 0.875em; font-weight: 500; }
.co-quiet:hover { border-color: var(--muted); }
.co-notify { margin-inline-end: auto; border-color: transparent; padding-inline: 0; color: var(--accent); }
.co-notify:hover { border-color: transparent; text-decoration: underline; }
span.co-notify { color: var(--muted); }
.co-link { align-self: flex-start; color: var(--accent); font-weight: 600; text-underline-offset: 0.2em; }
.co-link:hover { color: var(--accent-strong); }

.co-bar { position: relative; block-size: 0.5rem; border-radius: 999px; overflow: hidden; background: var(--track); }
.co-bar:dir(rtl) { rotate: 180deg; }
.co-fill { position: absolute; inset: 0; border-radius: 999px; background: var(--accent); transition: translate 0.5s linear; translate: -100%; }
.co-bar.co-unknown .co-fill { inline-size: 35%; translate: none; animation: co-travel 1.8s ease-in-out infinite; }
@keyframes co-travel { from { transform: translateX(-110%); } to { transform: translateX(300%); } }
progress.co-bar { appearance: none; border: 0; inline-size: 100%; }
progress.co-bar::-webkit-progress-bar { background: var(--track); }
progress.co-bar::-webkit-progress-value { background: var(--accent); border-radius: 999px; }
progress.co-bar::-moz-progress-bar { background: var(--accent); border-radius: 999px; }
.co-offline { color: var(--muted); font-size: 0.875em; margin: 0; }

.co-form { display: grid; gap: 0.875rem; justify-items: start; }
.co-form[hidden] { display: none; }
.co-form > * { min-inline-size: 0; max-inline-size: 100%; margin-block: 0; }
.co-form > .co-choices, .co-form > .co-fields, .co-form > .co-columns, .co-form > .co-refused { inline-size: 100%; box-sizing: border-box; }
.co-form > .co-choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(4.75rem, 1fr)); }
.co-form > .co-note { margin-block-start: -0.375rem; }
.co-fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 0.875rem 1rem; align-items: start; }
.co-field { display: grid; gap: 0.25rem; min-inline-size: 0; }
.co-group { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
.co-label { padding: 0; font-weight: 500; font-size: 0.875em; }
.co-muted { color: var(--muted); font-weight: 400; }
.co-input {
  box-sizing: border-box; inline-size: 100%; min-inline-size: 0; min-block-size: 2.375rem; margin: 0; padding: 0.375rem 0.625rem; font: inherit; color: var(--text);
  border: 1px solid color-mix(in srgb, var(--muted) 70%, var(--surface)); border-radius: calc(var(--radius) - 0.125rem); background: var(--surface);
}
.co-input::placeholder { color: var(--muted); }
.co-input:focus-visible, .co-check input:focus-visible, .co-plain:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.co-input[aria-invalid="true"] { border-color: var(--danger); }
.co-help, .co-mistake { margin: 0; color: var(--muted); font-size: 0.8125em; overflow-wrap: anywhere; }
.co-mistake { color: var(--danger); font-weight: 500; }
.co-refused { padding: 0.625rem 0.75rem; border: 1px solid var(--danger); border-radius: var(--radius); font-size: 0.9375em; overflow-wrap: anywhere; }
.co-panel + .co-refused { margin-block: 0.75rem 0; }
.co-refused strong { display: block; color: var(--danger); font-weight: 600; }
.co-summary { display: flex; align-items: baseline; gap: 0.5rem; padding-block: 0.25rem; cursor: pointer; list-style: none; border-radius: 0.25rem; }
.co-summary::-webkit-details-marker { display: none; }
.co-summary::before { content: ""; flex: none; align-self: center; inline-size: 0.375rem; block-size: 0.375rem; margin-inline: 0.125rem 0.0625rem; border: solid currentColor; border-width: 0 1.5px 1.5px 0; rotate: -45deg; transition: rotate 0.15s; }
.co-summary:dir(rtl)::before { rotate: 135deg; }
.co-columns[open] > .co-summary::before { rotate: 45deg; translate: 0 -0.125rem; }
select.co-input { padding-inline: 0.375rem; }
.co-count { font-size: 0.875em; font-variant-numeric: tabular-nums; }
.co-columns > .co-group { padding-block-start: 0.25rem; }
.co-checks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 8rem), 1fr)); gap: 0 0.75rem; }
.co-check { display: flex; align-items: center; gap: 0.5rem; min-block-size: 1.875rem; font-size: 0.9375em; overflow-wrap: anywhere; cursor: pointer; }
.co-check:has(:disabled) { color: var(--muted); cursor: default; }
.co-check input { flex: none; inline-size: 1rem; block-size: 1rem; margin: 0; accent-color: var(--accent); cursor: inherit; }
.co-both { display: flex; gap: 0.875rem; }
.co-plain { padding: 0.1875rem 0; border: 0; background: none; color: var(--accent); font-size: 0.875em; font-weight: 500; }
.co-plain:hover { color: var(--accent-strong); text-decoration: underline; text-underline-offset: 0.2em; }
.co-formless { min-block-size: 8rem; }
.co-again { display: inline-block; cursor: pointer; }
.co-more > .co-again { list-style: none; }
.co-more > .co-again::-webkit-details-marker { display: none; }
.co-more > .co-form { margin-block-start: 0.75rem; }

.co-tray-head { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: baseline; justify-content: space-between; margin-block-end: 0.5rem; }
.co-tray-title { margin: 0; font: inherit; font-weight: 600; }
.co-list { container-type: inline-size; list-style: none; margin: 0; padding: 0; display: grid; gap: 0.5rem; }
.co-item { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.125rem 0.75rem; padding: 0.5rem 0.75rem; border: 1px solid var(--border); border-radius: var(--radius); background: var(--surface); }
.co-item .co-line { font-weight: 500; }
.co-item .co-facts { min-block-size: 0; }
.co-item .co-link { font-size: 0.9375em; align-self: center; }
.co-item .co-actions { margin-block-start: 0.25rem; }
@container (min-width: 26rem) {
  .co-item.co-ready, .co-item.co-error { grid-template-columns: minmax(0, 1fr) auto; }
  .co-item:is(.co-ready, .co-error) .co-actions { grid-area: 1 / 2 / span 2; align-self: center; margin-block-start: 0; }
}
.co-empty { margin: 0; color: var(--muted); font-size: 0.875em; }

@media (prefers-reduced-motion: reduce) {
  .co-fill, .co-start, .co-summary::before { transition: none; }
  .co-bar.co-unknown .co-fill { animation: none; inline-size: 100%; opacity: 0.45; }
}
@media (pointer: coarse) {
  /* Some phones zoom into smaller text fields. */
  .co-input { font-size: max(1rem, 1em); }
  .co-check { min-block-size: 2.25rem; }
}
@media (forced-colors: active) {
  .co-bar { border: 1px solid CanvasText; }
  .co-fill { background: Highlight; forced-color-adjust: none; }
}
`;

/** For a shadow tree. */
export const shadowCss = `:host {${properties}} :host([hidden]) { display: none; } ${rules}`;

/** For the page, as `carryout.css`: affects nothing outside the elements. */
export const pageCss = `carryout-button, carryout-export, carryout-tray {${properties}${scoped(rules)}}\n${keyframes(rules)}`;

/** Key frames can't be nested; everything else can. */
function scoped(css: string): string {
  return css.replace(/@keyframes[^}]*\}[^}]*\}\s*\}/g, "");
}

function keyframes(css: string): string {
  return (css.match(/@keyframes[^}]*\}[^}]*\}\s*\}/g) ?? []).join("\n");
}
