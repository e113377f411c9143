/** @module The look of `<carryout-cluster>`. */

import { css } from "lit";

export const clusterStyles = css`
  :host {
    --accent: var(--carryout-accent, light-dark(#6d28d9, #a78bfa));
    --surface: light-dark(#ffffff, #1c1917);
    --text: light-dark(#1c1917, #f5f5f4);
    --muted: light-dark(#57534e, #a8a29e);
    --border: light-dark(#e7e5e4, #33302d);
    --track: light-dark(#e7e2f3, #3d3847);
    --danger: light-dark(#b42318, #fda29b);
    --success: light-dark(#067647, #75e0a7);
    --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
    display: block;
    color: var(--text);
  }
  h2, h3, p, ul { margin: 0; padding: 0; font: inherit; }
  ul { list-style: none; }
  button { font: inherit; cursor: pointer; color: inherit; }
  button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .summary { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-bottom: 1rem; color: var(--muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
  .nodes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; align-items: stretch; }
  .node { display: flex; flex-direction: column; gap: 0.75rem; min-height: 15rem; padding: 1rem 1.125rem; border: 1px solid var(--border); border-radius: 0.875rem; background: var(--surface); transition: opacity 0.4s, border-color 0.4s; }
  .node.gone { border-color: var(--danger); border-style: dashed; background: transparent; }
  .node.gone > :not(.head) { opacity: 0.45; }
  .node.back { border-color: var(--success); }
  .head { display: flex; align-items: baseline; gap: 0.625rem; }
  .name { font-weight: 650; font-size: 1.125rem; letter-spacing: -0.01em; }
  .badge { margin-left: auto; padding: 0.125rem 0.5rem; border: 1px solid currentColor; border-radius: 999px; font-size: 0.75rem; font-weight: 600; color: var(--muted); }
  .gone .badge { color: var(--danger); }
  .back .badge, .alive .badge { color: var(--success); }
  .draining .badge { color: var(--muted); }
  .facts { color: var(--muted); font-size: 0.8125rem; overflow-wrap: anywhere; }
  .places { display: flex; gap: 0.25rem; }
  .places i { flex: 1; max-width: 2.5rem; height: 0.3125rem; border-radius: 99px; background: var(--track); }
  .places i.taken { background: var(--accent); }
  .chips { display: grid; gap: 0.375rem; align-content: start; flex: 1; }
  .chip { position: relative; display: grid; grid-template-columns: 1fr auto; gap: 0.25rem 0.75rem; padding: 0.4375rem 0.625rem; border: 1px solid var(--border); border-radius: 0.5rem; background: var(--surface); font-size: 0.8125rem; }
  .chip .kind { font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .chip .kind small { color: var(--muted); font-family: var(--mono); font-weight: 400; margin-left: 0.375rem; }
  .chip .percent { color: var(--muted); font-variant-numeric: tabular-nums; }
  .bar { grid-column: 1 / -1; height: 0.25rem; border-radius: 99px; overflow: hidden; background: var(--track); }
  .bar span { display: block; height: 100%; border-radius: 99px; background: var(--accent); transition: translate 0.3s linear; }
  .idle { color: var(--muted); font-size: 0.8125rem; }
  .foot { display: flex; gap: 0.5rem; align-items: center; }
  .kill { flex: 1; min-width: 0; display: flex; justify-content: space-between; gap: 0.5rem; padding: 0.3125rem 0.625rem; border: 1px solid var(--border); border-radius: 0.5rem; background: light-dark(#f5f5f4, #0c0a09); font-size: 0.75rem; text-align: left; }
  .kill code { font-family: var(--mono); user-select: all; }
  .kill span { color: var(--muted); }
  .drain { padding: 0.3125rem 0.75rem; border: 1px solid var(--border); border-radius: 0.5rem; background: transparent; font-size: 0.75rem; font-weight: 550; }
  .drain:hover, .kill:hover { border-color: var(--muted); }
  .drain:disabled { cursor: default; opacity: 0.5; }
  .line { margin-top: 1.5rem; padding: 1rem 1.125rem; border: 1px dashed var(--border); border-radius: 0.875rem; }
  .line h3 { font-weight: 600; margin-bottom: 0.625rem; font-size: 0.9375rem; }
  .line .chips { grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
  .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  @media (prefers-reduced-motion: reduce) { .node, .bar span { transition: none; } }
`;
