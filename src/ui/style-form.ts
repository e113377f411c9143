/** @module Styles of an export's form. */

export const formRules = `
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
.co-panel + .co-refused { margin-block: 0.75rem 0; }
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
.co-formless { min-block-size: 8rem; }

@media (prefers-reduced-motion: reduce) {
  .co-summary::before { transition: none; }
}
@media (pointer: coarse) {
  /* Some phones zoom into smaller text fields. */
  .co-input { font-size: max(1rem, 1em); }
  .co-check { min-block-size: 2.25rem; }
}
`;
