/** @module The look of `<carryout-cluster-grid>`. */

import { css } from "lit";

export const gridStyles = css`
  .frame { position: relative; border: 1px solid var(--border); border-radius: 0.875rem; overflow: hidden; background: var(--surface); }
  .head, .row {
    display: grid; align-items: center; gap: 0 0.75rem; padding: 0 0.875rem;
    grid-template-columns: 1.25rem minmax(9rem, 2fr) minmax(7rem, 1.2fr) minmax(4rem, 0.8fr) minmax(5rem, 1.2fr) 6rem;
  }
  .head { height: 2.25rem; border-bottom: 1px solid var(--border); color: var(--muted); font-size: 0.75rem; font-weight: 600; }
  .scroller { max-height: 60vh; overflow-y: auto; overscroll-behavior: contain; contain: strict; }
  .space { position: relative; min-width: 0; }
  .row {
    position: absolute; inset: 0 0 auto 0; height: 40px; border-bottom: 1px solid light-dark(#f0efee, #292524);
    font-size: 0.8125rem; cursor: pointer; font-variant-numeric: tabular-nums;
  }
  .row:hover { background: light-dark(#fafaf9, #231f1d); }
  .row[aria-selected="true"] { background: light-dark(#f3effc, #2a2340); }
  .row.opened { box-shadow: inset 3px 0 0 var(--accent); }
  .row:focus-visible { outline-offset: -2px; }
  .row > div { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .row input, .head input { width: 1rem; height: 1rem; margin: 0; accent-color: var(--accent); vertical-align: middle; cursor: pointer; }
  .what { display: flex; align-items: baseline; gap: 0.5rem; }
  .kind { font-weight: 550; overflow: hidden; text-overflow: ellipsis; }
  .state { display: grid; gap: 0.125rem; }
  .state .bar { width: min(100%, 9rem); }
  .pending .word { color: var(--muted); }
  .ready .word { color: var(--success); }
  .error .word { color: var(--danger); }
  .moved .node { color: var(--success); font-weight: 650; }
  .moved { animation: moved 2.5s ease-out; }
  @keyframes moved { from { background: light-dark(#d1fadf, #0b3d2a); } }
  .empty { position: absolute; inset: 3.75rem 0 auto 0; padding: 0 1rem; text-align: center; color: var(--muted); font-size: 0.875rem; }
  @media (max-width: 46rem) {
    .head, .row { grid-template-columns: 1.25rem minmax(0, 2fr) minmax(0, 1.3fr) minmax(0, 0.9fr); }
    .user, .age, .what .mono { display: none; }
  }
  @media (forced-colors: active) {
    .row[aria-selected="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  }
`;
