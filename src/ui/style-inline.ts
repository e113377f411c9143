/** @module Styles of `<carryout-progress>`: one line of text. */

export const inlineRules = `
.co-inline { display: flex; flex-wrap: wrap; align-items: center; gap: 0.125rem 0.5rem; min-block-size: 1.5rem; border-radius: 0.25rem; }
.co-inline > .co-bar { flex: 1 1 4rem; max-inline-size: 10rem; block-size: 0.375rem; }
.co-inline > .co-link { display: inline-flex; align-items: center; gap: 0.375rem; min-inline-size: 0; min-block-size: 1.5rem; overflow-wrap: anywhere; }
.co-inline.co-error { color: var(--danger); }
.co-reason { display: flex; gap: 0.375rem; min-inline-size: 0; overflow-wrap: anywhere; }
`;
