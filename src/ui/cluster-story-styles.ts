/** @module The look of `<carryout-cluster-story>`. */

import { css } from "lit";

export const storyStyles = css`
  aside {
    position: fixed; inset: 0 0 0 auto; z-index: 20; width: min(26rem, 100vw); overflow-y: auto; padding: 1.25rem 1.25rem 2rem;
    border-inline-start: 1px solid var(--border); background: var(--surface); box-shadow: -12px 0 32px rgb(0 0 0 / 0.12);
    font-size: 0.875rem; animation: enter 0.2s ease-out;
  }
  @keyframes enter { from { translate: 2rem; opacity: 0; } }
  .head { display: flex; align-items: center; gap: 0.75rem; }
  .head .title { flex: 1; overflow-wrap: anywhere; font-size: 1.1875rem; }
  .close { min-width: 2rem; padding: 0; }
  .id { overflow-wrap: anywhere; font-size: 0.75rem; }
  .news:empty { display: none; }
  .news, .gone, .wrong { margin-top: 0.75rem; padding: 0.5rem 0.75rem; border-radius: 0.5rem; background: var(--sunken); }
  .wrong { color: var(--danger); }
  .state { display: flex; align-items: center; gap: 0.75rem; min-height: 2rem; margin: 0.875rem 0 0.5rem; }
  .state .button { margin-inline-start: auto; }
  .badge.processing { color: var(--accent); }
  .badge.ready { color: var(--success); }
  .badge.error { color: var(--danger); }
  dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.375rem 1rem; margin: 1rem 0 1.5rem; }
  dt { color: var(--muted); }
  dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
  dd .link { overflow-wrap: anywhere; }
  .timeline { margin-top: 0.75rem; }
  .timeline li { position: relative; display: grid; grid-template-columns: 1fr auto; gap: 0 0.75rem; padding: 0 0 1rem 1.5rem; }
  .timeline li::before {
    content: ""; position: absolute; inset: 0.3125rem auto auto 0; width: 0.625rem; height: 0.625rem; border: 2px solid var(--muted);
    border-radius: 50%; background: var(--surface);
  }
  .timeline li:not(:last-child)::after { content: ""; position: absolute; inset: 1.0625rem auto -0.125rem 0.25rem; width: 2px; background: var(--border); }
  .timeline .claimed::before { border-color: var(--accent); background: var(--accent); }
  .timeline .move::before { border-color: var(--info); background: var(--info); }
  .timeline .released::before { border-color: var(--info); }
  .timeline .attempt-failed::before { border-color: var(--warning); background: var(--warning); }
  .timeline .failed::before, .timeline .lost::before { border-color: var(--danger); background: var(--danger); }
  .timeline .ready::before { border-color: var(--success); background: var(--success); }
  .timeline .fetched::before { border-color: var(--success); }
  .what { font-weight: 550; overflow-wrap: anywhere; }
  time { color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
  .detail { grid-column: 1 / -1; color: var(--muted); overflow-wrap: anywhere; }
  .gap { grid-column: 1 / -1; color: var(--muted); font-size: 0.75rem; }
  .left-out { color: var(--muted); font-style: italic; }
  .small { font-size: 0.8125rem; }
  details { margin-top: 1rem; }
  summary { cursor: pointer; color: var(--accent); font-weight: 550; }
  .log { display: grid; gap: 0.375rem; margin-top: 0.625rem; font-size: 0.8125rem; }
  .log li { overflow-wrap: anywhere; }
  .log .warn b { color: var(--warning); }
  .log .error b { color: var(--danger); }
`;
