/** @module Styles of the tray: its head, its rows, and the bar at the bottom of a narrow window. */

export const trayRules = `
.co-tray-head { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: center; justify-content: space-between; min-block-size: 2rem; margin-block-end: 0.25rem; }
.co-tray-title { margin: 0; font: inherit; font-weight: 600; min-inline-size: 0; }
.co-toggle { display: flex; align-items: center; gap: 0.5rem; min-block-size: 2rem; margin: 0; padding: 0; border: 0; border-radius: 0.25rem; background: none; color: inherit; font: inherit; font-weight: 600; text-align: start; }
.co-badge { display: inline-grid; place-items: center; box-sizing: border-box; min-inline-size: 1.375rem; block-size: 1.375rem; padding-inline: 0.375rem; border-radius: 999px; background: var(--accent); color: var(--on-accent); font-size: 0.8125em; font-weight: 600; font-variant-numeric: tabular-nums; }
.co-done { background: var(--success); color: light-dark(#ffffff, #0b1f16); }
.co-chevron { display: grid; color: var(--muted); transition: rotate 0.15s; }
.co-open > .co-tray-head .co-chevron { rotate: 180deg; }
.co-toggle:hover .co-chevron { color: var(--text); }
.co-list { container-type: inline-size; contain-intrinsic-inline-size: 14.75rem; list-style: none; margin: 0; padding: 0; overflow: clip; border: 1px solid var(--border); border-radius: var(--radius); background: var(--surface); }
.co-item {
  position: relative; display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 0.625rem; align-items: center; padding: 0.5rem 0.5rem 0.625rem 0.625rem;
  box-sizing: border-box; min-block-size: 3.75rem;
}
/* Not for the first ones: until the browser knows that they are visible, they would have an estimated height. */
.co-item:nth-child(n + 12) { content-visibility: auto; contain-intrinsic-block-size: auto 3.75rem; }
.co-item:dir(rtl) { padding-inline: 0.625rem 0.5rem; }
.co-item + .co-item { border-block-start: 1px solid var(--border); }
.co-item:focus-visible { outline-offset: -2px; border-radius: var(--radius); }
.co-item > .co-type { grid-row: 1; }
.co-text { min-inline-size: 0; }
.co-name { margin: 0; font-weight: 500; overflow-wrap: anywhere; }
.co-item .co-facts { font-size: 0.8125em; }
.co-item .co-link { color: inherit; font-weight: 500; text-decoration: none; }
.co-item .co-link::after { content: ""; position: absolute; inset: 0; border-radius: inherit; }
.co-item .co-link:focus-visible { outline: none; }
.co-item .co-link:focus-visible::after { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: var(--radius); }
.co-item:has(.co-link:hover) { background: color-mix(in srgb, var(--accent) 7%, transparent); }
.co-item:has(.co-link:hover) .co-link { color: var(--accent); text-decoration: underline; text-underline-offset: 0.2em; }
.co-side { display: flex; align-items: center; gap: 0.125rem; }
.co-side .co-percent { font-size: 0.875em; }
.co-arrow { display: grid; place-items: center; inline-size: 1.875rem; color: var(--accent); }
.co-icon { position: relative; display: grid; place-items: center; inline-size: 1.875rem; block-size: 1.875rem; padding: 0; border: 0; border-radius: calc(var(--radius) - 0.125rem); background: none; color: var(--muted); }
.co-icon:hover { background: color-mix(in srgb, var(--text) 10%, transparent); color: var(--text); }
.co-item > .co-bar { position: absolute; inset: auto 0.625rem 0.25rem; inline-size: auto; block-size: 0.25rem; }
.co-empty { margin: 0; color: var(--muted); font-size: 0.875em; }
.co-more { margin-block-start: 0.5rem; }
.co-fold[hidden] { display: none; }

@container (max-width: 26rem) {
  .co-item:is(.co-pending, .co-processing) .co-facts > span + span, .co-item:is(.co-pending, .co-processing) .co-facts > span::after { display: none; }
}
@container (max-width: 21rem) {
  .co-item { min-block-size: 4.75rem; }
}
@container (max-width: 15rem) {
  .co-item > .co-type, .co-item .co-arrow { display: none; }
  .co-item { grid-template-columns: minmax(0, 1fr) auto; }
}

.co-docked {
  position: fixed; z-index: var(--carryout-dock-layer, 40); inset: auto 0 0; box-sizing: border-box; display: flex; flex-direction: column; max-block-size: min(80dvh, 40rem);
  padding: 0 max(1rem, env(safe-area-inset-right)) env(safe-area-inset-bottom) max(1rem, env(safe-area-inset-left)); border: 1px solid var(--border); border-width: 1px 0 0;
  border-radius: 1rem 1rem 0 0; background: var(--surface); box-shadow: 0 -0.25rem 1.5rem rgb(0 0 0 / 0.16);
}
.co-docked > .co-tray-head { flex: none; min-block-size: 3.25rem; margin: 0; }
.co-docked .co-tray-title { flex: 1; }
.co-docked .co-toggle { inline-size: 100%; min-block-size: 3rem; }
.co-docked .co-chevron { margin-inline-start: auto; }
.co-docked .co-percent + .co-chevron { margin-inline-start: 0; }
.co-docked .co-toggle > .co-percent { margin-inline-start: auto; }
.co-docked > .co-fold { overflow-y: auto; overscroll-behavior: contain; padding-block-end: 1rem; animation: co-rise 0.2s ease-out; }
@keyframes co-rise { from { transform: translateY(1rem); opacity: 0; } to { transform: none; opacity: 1; } }
.co-dock-space { block-size: 3.25rem; }
@media (min-width: 481px) {
  .co-docked { inset-inline: auto 1rem; inline-size: min(24rem, 100vw - 2rem); padding-inline: 0.875rem; border-width: 1px 1px 0; }
  .co-dock-space { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  .co-chevron { transition: none; }
  .co-docked > .co-fold { animation: none; }
}
@media (pointer: coarse) {
  .co-icon { inline-size: 2.5rem; block-size: 2.5rem; }
}
`;
