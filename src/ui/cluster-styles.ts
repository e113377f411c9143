/** @module The look that the elements of the cluster page share. */

import { css } from "lit";

/** Colours and controls. */
export const clusterBase = css`
  :host {
    --accent: var(--carryout-accent, light-dark(#6d28d9, #a78bfa));
    --on-accent: light-dark(#ffffff, #1c1917);
    --surface: light-dark(#ffffff, #1c1917);
    --sunken: light-dark(#f5f5f4, #0c0a09);
    --text: light-dark(#1c1917, #f5f5f4);
    --muted: light-dark(#57534e, #a8a29e);
    --border: light-dark(#d6d3d1, #44403c);
    --track: light-dark(#e7e2f3, #3d3847);
    --danger: light-dark(#b42318, #fda29b);
    --warning: light-dark(#93370d, #fec84b);
    --success: light-dark(#067647, #75e0a7);
    --info: light-dark(#175cd3, #84caff);
    --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
    display: block;
    color: var(--text);
  }
  *, *::before { box-sizing: border-box; }
  h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; font: inherit; }
  ul, ol { list-style: none; }
  button, input, select { font: inherit; color: inherit; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .title { font-weight: 650; font-size: 1.0625rem; letter-spacing: -0.01em; }
  .muted { color: var(--muted); }
  .mono { font-family: var(--mono); font-size: 0.92em; }
  .button, .field {
    min-height: 2rem; padding: 0.25rem 0.75rem; border: 1px solid var(--border); border-radius: 0.5rem;
    background: var(--surface); font-size: 0.8125rem;
  }
  .button { cursor: pointer; font-weight: 550; }
  .button:hover:not(:disabled) { border-color: var(--muted); }
  .button:disabled { cursor: default; opacity: 0.55; }
  .button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
  .button.danger { color: var(--danger); border-color: currentColor; }
  .link { padding: 0; border: 0; background: none; color: var(--accent); cursor: pointer; text-align: start; }
  .link:hover { text-decoration: underline; }
  .badge {
    padding: 0.0625rem 0.5rem; border: 1px solid currentColor; border-radius: 999px; font-size: 0.75rem; font-weight: 600;
    white-space: nowrap;
  }
  .bar { height: 0.25rem; border-radius: 99px; overflow: hidden; background: var(--track); }
  .bar span { display: block; height: 100%; border-radius: 99px; background: var(--accent); transition: translate 0.3s linear; }
  .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  @media (prefers-reduced-motion: reduce) { *, *::before { transition: none !important; animation: none !important; } }
  @media (forced-colors: active) {
    .bar { border: 1px solid CanvasText; }
    .bar span { background: Highlight; forced-color-adjust: none; }
  }
`;
