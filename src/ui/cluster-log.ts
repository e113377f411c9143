/** @module `<carryout-cluster-log>`: the last lines of the logs of all nodes. */

import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { PublicLog, PublicLogLine } from "../wire/operations.ts";
import type { ClusterClient } from "./cluster-client.ts";
import { clusterBase } from "./cluster-styles.ts";
import { clockTime, withoutNodes } from "./cluster-text.ts";

const AGAIN_MS = 3_000;
const FEW = 100;
const MANY = 1_000;
/** What the other columns show, or what would only repeat them. */
const SHOWN_ELSEWHERE = ["node", "download"];

export class CarryoutClusterLog extends LitElement {
  static override styles = [
    clusterBase,
    css`
      .top { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin-bottom: 0.75rem; }
      .top .title { margin-inline-end: auto; }
      .lines {
        height: min(22rem, 60vh); overflow-y: auto; overscroll-behavior: contain; padding: 0.5rem 0; border: 1px solid var(--border);
        border-radius: 0.875rem; background: var(--surface); font-size: 0.8125rem;
      }
      li { display: grid; grid-template-columns: 4.25rem 5rem 2.75rem minmax(0, 1fr); gap: 0 0.75rem; padding: 0.25rem 0.875rem; content-visibility: auto; contain-intrinsic-size: auto 1.625rem; }
      li:hover { background: light-dark(#fafaf9, #231f1d); }
      time, .node { color: var(--muted); font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .level { font-weight: 600; color: var(--muted); }
      .warn .level { color: var(--warning); }
      .error .level { color: var(--danger); }
      .text { overflow-wrap: anywhere; }
      .note { padding: 0.75rem 0.875rem; color: var(--muted); }
      @media (max-width: 46rem) {
        li { grid-template-columns: auto auto 1fr; }
        .text { grid-column: 1 / -1; }
      }
    `,
  ];
  static override properties: PropertyDeclarations = { client: { attribute: false } };

  declare client: ClusterClient;
  /** Shows the story of this download. */
  declare onOpen: (id: string) => void;

  #log: PublicLog | null = null;
  #wrong: string | null = null;
  #limit = FEW;
  #text = "";
  #level = "";
  #isPaused = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onVisible);
    if (this.hasUpdated) void this.#fetch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onVisible);
    clearTimeout(this.#again);
  }

  protected override firstUpdated(): void {
    void this.#fetch();
  }

  readonly #onVisible = () => {
    if (!document.hidden && !this.#isPaused) void this.#fetch();
  };

  async #fetch(): Promise<void> {
    clearTimeout(this.#again);
    try {
      this.#log = await this.client.log(this.#limit);
      this.#wrong = null;
    } catch (error) {
      this.#wrong = (error as Error).message;
    }
    this.requestUpdate();
    if (this.isConnected && !document.hidden && !this.#isPaused)
      this.#again = setTimeout(() => void this.#fetch(), AGAIN_MS);
  }

  #lines(): PublicLogLine[] {
    const wanted = this.#text.toLowerCase();
    const isShown = (line: PublicLogLine) =>
      (this.#level === "" || line.level === "error" || line.level === this.#level) &&
      (wanted === "" || wholeText(line).includes(wanted));
    return (this.#log?.lines ?? []).filter(isShown);
  }

  protected override render(): TemplateResult {
    const lines = this.#lines();
    return html`
      <div class="top">
        <h2 class="title">Event log</h2>
        <input class="field" type="search" placeholder="Filter" aria-label="Filter the log" @input=${(
          event: Event,
        ) => {
          this.#text = (event.target as HTMLInputElement).value.trim();
          this.requestUpdate();
        }}>
        <select class="field" aria-label="Level" @change=${(event: Event) => {
          this.#level = (event.target as HTMLSelectElement).value;
          this.requestUpdate();
        }}>
          <option value="">All levels</option>
          <option value="warn">Warnings and errors</option>
          <option value="error">Errors</option>
        </select>
        <button class="button" aria-pressed=${this.#isPaused ? "true" : "false"} @click=${() => this.#pause()}>Pause</button>
      </div>
      <div class="lines" tabindex="0" role="region" aria-label="Log lines, the newest first">
        <ul>${repeat(
          withKeys(lines),
          ({ key }) => key,
          ({ line }) => this.#line(line),
        )}</ul>
        ${this.#foot(lines)}
      </div>
    `;
  }

  #pause(): void {
    this.#isPaused = !this.#isPaused;
    clearTimeout(this.#again);
    if (!this.#isPaused) void this.#fetch();
    this.requestUpdate();
  }

  #foot(lines: PublicLogLine[]): TemplateResult | typeof nothing {
    if (this.#wrong !== null) return html`<p class="note" role="alert">${this.#wrong}</p>`;
    if (this.#log === null) return html`<p class="note">Loading…</p>`;
    const { unheard } = this.#log;
    return html`
      ${lines.length === 0 ? html`<p class="note">No lines.</p>` : nothing}
      ${this.#limit === FEW && this.#log.lines.length >= FEW ? html`<p class="note"><button class="link" @click=${() => this.#more()}>Show more</button></p>` : nothing}
      ${unheard.length > 0 ? html`<p class="note">${withoutNodes(unheard)}</p>` : nothing}
    `;
  }

  #more(): void {
    this.#limit = MANY;
    void this.#fetch();
  }

  #line(line: PublicLogLine): TemplateResult {
    const { at, node, level, message, fields } = line;
    const { download } = fields;
    const others = Object.entries(fields).filter(([name]) => !SHOWN_ELSEWHERE.includes(name));
    return html`<li class=${level}>
      <time datetime=${at}>${clockTime(at, Date.now())}</time>
      <span class="node" title=${node}>${node}</span>
      <span class="level">${level}</span>
      <span class="text">${message}
        ${download ? html`<button class="link mono" title="Show what happened to it" @click=${() => this.onOpen(download)}>${download.slice(0, 8)}</button>` : nothing}
        <span class="muted">${others.map(([name, value]) => `${name}=${value}`).join(" ")}</span></span>
    </li>`;
  }
}

function wholeText({ node, message, fields }: PublicLogLine): string {
  return `${node} ${message} ${Object.values(fields).join(" ")}`.toLowerCase();
}

/** Equal lines of one moment are numbered. */
function withKeys(lines: readonly PublicLogLine[]): { key: string; line: PublicLogLine }[] {
  const seen = new Map<string, number>();
  return lines.map((line) => {
    const text = `${line.at} ${line.node} ${line.message} ${line.fields.download ?? ""}`;
    const number = seen.get(text) ?? 0;
    seen.set(text, number + 1);
    return { key: `${text} ${number}`, line };
  });
}
