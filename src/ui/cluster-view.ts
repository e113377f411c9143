/** @module `<carryout-cluster>`: the nodes and what each of them is making, live. */

import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { EventStream, type StreamStatus } from "../client/event-stream.ts";
import { percentage } from "../client/format.ts";
import { ownBase } from "../client/script-base.ts";
import type { PublicCluster, PublicClusterDownload, PublicNode } from "../wire/cluster.ts";
import { filled } from "./bar.ts";
import { type Board, ClusterBoard, type NodeCard } from "./cluster-board.ts";
import { clusterStyles } from "./cluster-styles.ts";
import { glide, type Places, placesOf } from "./moving.ts";

/** The server sends a comment every 2 s; this tolerates a slow proxy. */
const SILENCE_MS = 8_000;
const SETTLE_MS = 500;

/** Attributes: `src` (without it, "/cluster" beside the path that the script was loaded from) and `initial` (a JSON `PublicCluster`). */
export class CarryoutCluster extends LitElement {
  static override styles = clusterStyles;

  static override properties: PropertyDeclarations = {
    src: { type: String },
    initial: { type: Object },
  };

  declare src: string;
  declare initial: PublicCluster | null;

  readonly #board = new ClusterBoard();
  #stream: EventStream | null = null;
  #status: StreamStatus = "connecting";
  #settling: ReturnType<typeof setTimeout> | undefined;
  #places: Places = new Map();
  #asked = new Set<string>();
  #copied: number | null = null;
  #news = "";

  constructor() {
    super();
    this.src = `${ownBase()}/cluster`;
    this.initial = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.initial) this.#board.update(this.initial, Date.now());
    this.#stream = new EventStream({
      url: `${this.src}/events`,
      silenceMs: () => SILENCE_MS,
      onEvent: (name, data) => {
        if (name === "cluster") this.#take(JSON.parse(data) as PublicCluster);
      },
      onStatus: (status) => {
        this.#status = status;
        this.requestUpdate();
      },
    });
    this.#stream.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stream?.stop();
    clearTimeout(this.#settling);
  }

  #take(view: PublicCluster): void {
    const before = this.#board.at(Date.now());
    this.#board.update(view, Date.now());
    this.#news = newsBetween(before, this.#board.at(Date.now())) ?? this.#news;
    this.requestUpdate();
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#settling);
    if (!this.#board.isSettling(Date.now())) return;
    this.#settling = setTimeout(() => {
      this.requestUpdate();
      this.#settle();
    }, SETTLE_MS);
  }

  get #chips(): NodeListOf<HTMLElement> {
    return this.renderRoot.querySelectorAll<HTMLElement>(".chip");
  }

  protected override firstUpdated(): void {
    this.replaceChildren();
  }

  protected override willUpdate(): void {
    if (this.hasUpdated) this.#places = placesOf(this.#chips);
  }

  protected override updated(): void {
    if (this.#places.size > 0) glide(this.#chips, this.#places);
  }

  async #drain(name: string): Promise<void> {
    this.#asked.add(name);
    this.requestUpdate();
    const answer = await fetch(`${this.src}/nodes/${encodeURIComponent(name)}/drain`, {
      method: "POST",
    }).catch(() => null);
    if (!answer?.ok) this.#news = `${name} could not be drained.`;
    this.#asked.delete(name);
    this.requestUpdate();
  }

  async #copy(pid: number): Promise<void> {
    // Without permission the text can still be selected manually.
    const copied = await navigator.clipboard?.writeText(`kill -9 ${pid}`).then(
      () => true,
      () => false,
    );
    this.#copied = copied ? pid : null;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const board = this.#board.at(Date.now());
    const alive = board.cards.filter((card) => card.state !== "gone").length;
    const running = board.cards.reduce((sum, card) => sum + card.downloads.length, 0);
    return html`
      <div class="heard" role="status" aria-atomic="true">${this.#news}</div>
      <p class="summary">
        <span>${alive} ${alive === 1 ? "node" : "nodes"}</span><span>${running} running</span>
        <span>${board.waiting.length + board.unlisted} waiting</span>
        ${this.#status === "waiting" ? html`<span>connection lost, trying again…</span>` : nothing}
        ${this.#status === "signed-out" ? html`<span>signed out; reload the page</span>` : nothing}
      </p>
      <div class="nodes">
        ${repeat(
          board.cards,
          (card) => card.node.name,
          (card) => this.#card(card),
        )}
      </div>
      ${this.#line(board)}
    `;
  }

  #card(card: NodeCard): TemplateResult {
    const { node, state, downloads } = card;
    return html`<section class="node ${state} ${node.draining ? "draining" : ""}" aria-label=${`node ${node.name}`}>
      <div class="head"><h2 class="name">${node.name}</h2><span class="badge">${badge(card)}</span></div>
      <p class="facts">${factsOf(node)}</p>
      <div class="places" aria-hidden="true">
        ${Array.from({ length: Math.min(node.capacity, 16) }, (_, place) => html`<i class=${place < downloads.length && state !== "gone" ? "taken" : ""}></i>`)}
      </div>
      <ul class="chips">${downloads.length === 0 ? html`<li class="idle">${state === "gone" ? "Its work is on other nodes." : "Idle"}</li>` : chips(downloads)}</ul>
      <div class="foot">${state === "gone" ? nothing : this.#controls(node)}</div>
    </section>`;
  }

  #controls(node: PublicNode): TemplateResult {
    const { pid, name } = node;
    return html`
      ${
        pid === undefined
          ? nothing
          : html`<button class="kill" title="Copy" @click=${() => this.#copy(pid)}>
              <code>kill -9 ${pid}</code><span>${this.#copied === pid ? "Copied" : "Copy"}</span>
            </button>`
      }
      <button class="drain" ?disabled=${node.draining || this.#asked.has(name)} @click=${() => this.#drain(name)}
        aria-label=${`Drain ${name}`}>Drain</button>
    `;
  }

  #line({ waiting, unlisted }: Board): TemplateResult | typeof nothing {
    if (waiting.length === 0 && unlisted === 0) return nothing;
    return html`<section class="line">
      <h3>Waiting for a place</h3>
      <ul class="chips">${chips(waiting)}</ul>
      ${unlisted > 0 ? html`<p class="idle">and ${unlisted} more</p>` : nothing}
    </section>`;
  }
}

function chips(downloads: PublicClusterDownload[]) {
  return repeat(
    downloads,
    (download) => download.id,
    ({ id, kind, fraction }) => {
      const percent = fraction === null ? null : Math.min(99, Math.floor(fraction * 100));
      return html`<li class="chip" data-key=${id}>
        <span class="kind">${kind}<small>${id.slice(0, 5)}</small></span>
        <span class="percent">${percent === null ? "" : percentage(percent, "en")}</span>
        <div class="bar"><span ${filled(percent ?? 0)}></span></div>
      </li>`;
    },
  );
}

function badge({ node, state }: NodeCard): string {
  if (state === "gone") return "gone";
  if (node.draining) return "draining";
  return state === "back" ? "started again" : "alive";
}

function factsOf(node: PublicNode): string {
  const facts = [`${node.running} of ${node.capacity} places taken`];
  if (node.url) facts.push(node.url.replace(/^https?:\/\//, ""));
  return facts.join(" · ");
}

/** For screen readers: nodes that came or went. */
function newsBetween(before: Board, after: Board): string | null {
  for (const card of after.cards) {
    const old = before.cards.find((candidate) => candidate.node.name === card.node.name);
    if (old && old.state !== "gone" && card.state === "gone") return `Node ${card.node.name} is gone.`;
    if (old?.state === "gone" && card.state !== "gone") return `Node ${card.node.name} is back.`;
  }
  return null;
}
