/** @module Styles that all elements share: colours, buttons, the choice, the card of a download. */

export const properties = `
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

export const commonRules = `
.co-heard { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button, .co-link, .co-main { font: inherit; cursor: pointer; }
button:focus-visible, a:focus-visible, .co-panel:focus-visible, .co-item:focus-visible, .co-inline:focus-visible, input:focus-visible + .co-choice-name, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
form { margin: 0; display: contents; }
svg { inline-size: 1.25em; block-size: 1.25em; flex: none; }

.co-choices { display: flex; gap: 0; margin: 0 0 0.75rem; padding: 0.1875rem; border: 0; border-radius: var(--radius); background: var(--track); min-inline-size: 0; }
.co-choices legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.co-choice { flex: 1 1 auto; position: relative; display: block; cursor: pointer; }
/* At the edge of the text, not under it, so that tools that target either of the two hit it. */
.co-choice input { position: absolute; inset: auto 0 0; block-size: 4px; inline-size: 100%; opacity: 0; margin: 0; cursor: pointer; }
.co-choice-name { display: block; padding: 0.3125rem 0.5rem; border-radius: calc(var(--radius) - 0.1875rem); text-align: center; font-weight: 500; font-size: 0.875em; color: var(--muted); }
.co-choice:hover .co-choice-name { color: var(--text); }
.co-choice input:checked + .co-choice-name { background: var(--surface); color: var(--text); font-weight: 600; box-shadow: 0 1px 2px rgb(0 0 0 / 0.14); }

.co-start {
  display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; box-sizing: border-box; inline-size: var(--carryout-button-width, auto); min-block-size: 2.75rem;
  padding: 0.5rem 1.125rem; border: 1px solid transparent; border-radius: var(--radius);
  background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; transition: background-color 0.15s;
}
.co-start:hover { background: var(--accent-strong); }
.co-start:disabled { background: var(--track); color: var(--muted); cursor: not-allowed; }
.co-main { inline-size: 100%; padding-block: 0.25rem; line-height: 1.2; }
.co-caption { min-inline-size: 0; overflow-wrap: anywhere; text-wrap: balance; }
.co-size { white-space: nowrap; font-weight: 500; font-variant-numeric: tabular-nums; }
.co-note, .co-previous { margin: 0.5rem 0 0; color: var(--muted); font-size: 0.875em; overflow-wrap: anywhere; }
.co-refused { margin: 0 0 0.75rem; padding: 0.625rem 0.75rem; border: 1px solid var(--danger); border-radius: var(--radius); font-size: 0.9375em; overflow-wrap: anywhere; }
.co-refused strong { display: block; color: var(--danger); font-weight: 600; }

.co-panel {
  container-type: inline-size; contain-intrinsic-inline-size: 12.75rem; box-sizing: border-box; display: grid; gap: 0.75rem; padding: var(--carryout-panel-padding, 1rem);
  border: 1px solid var(--carryout-panel-border, var(--border)); border-radius: var(--radius); background: var(--surface);
}
.co-panel ~ :is(.co-choices, button.co-start, .co-form, .co-refused) { margin-block-start: 0.75rem; }
.co-panel ~ .co-choices ~ button.co-start { margin-block-start: 0; }
.co-head { display: grid; grid-template: auto auto / auto minmax(0, 1fr); column-gap: 0.75rem; align-content: center; min-block-size: 2.5rem; }
.co-type {
  box-sizing: border-box; grid-row: 1 / span 2; align-self: center; display: grid; place-items: center; inline-size: 2.25rem; block-size: 2.25rem; border-radius: calc(var(--radius) - 0.125rem);
  color: var(--tint, var(--accent)); background: color-mix(in srgb, var(--tint, var(--accent)) 13%, transparent);
}
.co-table { --tint: light-dark(#067647, #75e0a7); }
.co-page { --tint: light-dark(#b42318, #fda29b); }
.co-archive { --tint: light-dark(#93370d, #fdb022); }
.co-data, .co-image { --tint: light-dark(#175cd3, #84caff); }
.co-ready > .co-head .co-type { --tint: var(--success); }
.co-error .co-type { --tint: var(--danger); }
.co-title { margin: 0; font: inherit; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; }
.co-error > .co-head .co-title { color: var(--danger); }
.co-line { margin: 0; min-inline-size: 0; overflow-wrap: anywhere; }
.co-head :is(.co-line, .co-facts) { color: var(--muted); font-size: 0.875em; }
.co-head > p { grid-column: 2; }
.co-percent { font-weight: 600; font-variant-numeric: tabular-nums; }
.co-facts { margin: 0; color: var(--muted); font-size: 0.875em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.co-facts > span { display: inline-block; }
.co-facts > span:not(:last-child)::after { content: "·"; margin-inline: 0.4em; }
.co-facts > :first-child::first-letter, .co-head .co-line::first-letter { text-transform: uppercase; }
.co-stage { display: grid; align-content: center; gap: 0.5rem; min-block-size: 2.875rem; }
.co-row { display: flex; justify-content: space-between; gap: 0.75rem; align-items: baseline; min-block-size: 1lh; line-height: 1.2; }
.co-actions { display: flex; flex-wrap: wrap; gap: 0.375rem 0.5rem; align-items: center; min-block-size: 2rem; }
.co-again { list-style: none; cursor: pointer; }
.co-again::-webkit-details-marker { display: none; }
.co-again + form > :first-child, .co-again + .co-form { margin-block-start: 0.75rem; }
.co-end { margin-inline-start: auto; }
.co-actions > [open] { order: 1; flex-basis: 100%; }
.co-quiet, .co-notifying { display: inline-flex; align-items: center; gap: 0.375rem; box-sizing: border-box; min-block-size: 2rem; padding: 0.25rem 0.75rem; border: 1px solid var(--border); border-radius: calc(var(--radius) - 0.125rem); background: transparent; color: var(--text); font-size: 0.875em; font-weight: 500; }
.co-quiet:hover { border-color: var(--muted); background: color-mix(in srgb, var(--text) 5%, transparent); }
.co-notifying { border-color: transparent; padding-inline: 0; color: var(--muted); }
.co-link { color: var(--accent); font-weight: 600; text-underline-offset: 0.2em; }
.co-link:hover { color: var(--accent-strong); }
.co-plain { min-block-size: 1.5rem; padding: 0.1875rem 0; border: 0; background: none; color: var(--accent); font-size: 0.875em; font-weight: 500; }
.co-plain:hover { color: var(--accent-strong); text-decoration: underline; text-underline-offset: 0.2em; }

.co-bar { position: relative; block-size: 0.5rem; border-radius: 999px; overflow: hidden; background: var(--track); }
.co-bar:dir(rtl) { rotate: 180deg; }
.co-fill { position: absolute; inset: 0; border-radius: 999px; background: var(--accent); transition: translate 0.5s linear; translate: -100%; }
.co-bar.co-unknown .co-fill { inline-size: 35%; translate: none; animation: co-travel 1.8s ease-in-out infinite; }
@keyframes co-travel { from { transform: translateX(-110%); } to { transform: translateX(300%); } }
progress.co-bar { appearance: none; border: 0; inline-size: 100%; }
progress.co-bar::-webkit-progress-bar { background: var(--track); }
progress.co-bar::-webkit-progress-value { background: var(--accent); border-radius: 999px; }
progress.co-bar::-moz-progress-bar { background: var(--accent); border-radius: 999px; }

@container (max-width: 26rem) {
  .co-row .co-facts > span + span, .co-row .co-facts > span::after { display: none; }
}
@container (max-width: 19rem) {
  /* Two lines of title and one of text, whether they are needed or not. */
  .co-head { min-block-size: 3.85em; }
}
@container (max-width: 17rem) {
  .co-notify bdi { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
}
@container (max-width: 15rem) {
  .co-head .co-type { display: none; }
  .co-head > p { grid-column: 1 / -1; }
}
@media (prefers-reduced-motion: reduce) {
  .co-fill, .co-start { transition: none; }
  .co-bar.co-unknown .co-fill { animation: none; inline-size: 100%; opacity: 0.45; }
}
@media (forced-colors: active) {
  .co-bar { border: 1px solid CanvasText; }
  .co-fill { background: Highlight; forced-color-adjust: none; }
  .co-start { border-color: currentColor; }
  .co-type, .co-badge, .co-choices { border: 1px solid CanvasText; }
  .co-choice input:checked + .co-choice-name { background: Highlight; color: HighlightText; forced-color-adjust: none; }
}
`;
