/** @module `<carryout-cluster-nodes>`: a card for each node, with what it makes and what can be done with it. */

import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { percentage } from "../client/format.ts";
import type { PublicNode } from "../wire/cluster.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { CarryoutClusterConfirm } from "./cluster-confirm.ts";
import type { NodeCard } from "./cluster-model.ts";
import { placed } from "./cluster-placed.ts";
import { clusterBase } from "./cluster-styles.ts";
import { counted, duration, percentOf } from "./cluster-text.ts";
import { glide, type Places, placesOf } from "./moving.ts";

/** Of the downloads of a node; the list below has them all. */
const MOST_CHIPS = 4;
const MOST_PLACES = 16;

export class CarryoutClusterNodes extends LitElement {
  static override styles = [
    clusterBase,
    css`
      .nodes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem; }
      .node { display: flex; flex-direction: column; gap: 0.625rem; padding: 0.875rem 1rem; border: 1px solid var(--border); border-radius: 0.875rem; background: var(--surface); transition: border-color 0.4s; }
      .node.gone { border-color: var(--danger); border-style: dashed; }
      .node.back { border-color: var(--success); }
      .head { display: flex; align-items: baseline; gap: 0.625rem; min-width: 0; }
      .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .alive .badge, .back .badge { color: var(--success); }
      .gone .badge { color: var(--danger); }
      .draining .badge { color: var(--warning); }
      .facts { color: var(--muted); font-size: 0.8125rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
      .places { display: flex; gap: 0.25rem; }
      .places i { flex: 1; max-width: 2.5rem; height: 0.3125rem; border-radius: 99px; background: var(--track); }
      .places i.taken { background: var(--accent); }
      .chips { display: grid; gap: 0.375rem; align-content: start; flex: 1; min-height: 2.875rem; }
      .chip { position: relative; display: grid; grid-template-columns: 1fr auto; gap: 0.25rem 0.75rem; width: 100%; padding: 0.4375rem 0.625rem; border: 1px solid var(--border); border-radius: 0.5rem; background: var(--surface); font-size: 0.8125rem; text-align: start; cursor: pointer; }
      .chip:hover { border-color: var(--muted); }
      .kind { font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .kind small { margin-inline-start: 0.375rem; color: var(--muted); font-family: var(--mono); font-weight: 400; }
      .percent { color: var(--muted); font-variant-numeric: tabular-nums; }
      .chip .bar { grid-column: 1 / -1; }
      .idle { color: var(--muted); font-size: 0.8125rem; }
      summary { color: var(--muted); font-size: 0.8125rem; cursor: pointer; }
      .kinds { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.125rem 0.75rem; margin-top: 0.375rem; max-height: 10rem; overflow-y: auto; font-size: 0.75rem; }
      .kinds dt { overflow-wrap: anywhere; }
      .kinds dd { color: var(--muted); font-family: var(--mono); }
      .foot { display: flex; gap: 0.5rem; align-items: center; }
      .kill { flex: 1; min-width: 0; display: flex; justify-content: space-between; gap: 0.5rem; font-size: 0.75rem; font-weight: 400; background: var(--sunken); text-align: start; }
      .kill code { font-family: var(--mono); overflow: hidden; text-overflow: ellipsis; }
      .drain { margin-inline-start: auto; }
    `,
  ];
  static override properties: PropertyDeclarations = {
    client: { attribute: false },
    cards: { attribute: false },
    now: { attribute: false },
  };

  declare client: ClusterClient;
  declare cards: readonly NodeCard[];
  declare now: number;
  /** Shows the story of this download. */
  declare onOpen: (id: string) => void;

  #places: Places = new Map();
  #asked = new Set<string>();
  #copied: number | null = null;
  #news = "";

  constructor() {
    super();
    this.cards = [];
    this.now = Date.now();
  }

  get #chips(): NodeListOf<HTMLElement> {
    return this.renderRoot.querySelectorAll<HTMLElement>(".chip");
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("cards"))
      this.#news = newsBetween((changed.get("cards") as NodeCard[]) ?? [], this.cards) ?? this.#news;
    if (this.hasUpdated) this.#places = placesOf(this.#chips);
  }

  protected override updated(): void {
    if (this.#places.size > 0) glide(this.#chips, this.#places);
  }

  async #drain(name: string): Promise<void> {
    const dialog = this.renderRoot.querySelector<CarryoutClusterConfirm>("carryout-cluster-confirm")!;
    const isSure = await dialog.ask({
      title: `Drain ${name}?`,
      text: "It hands its work over to the others and accepts no more until it is started again.",
      yes: `Drain ${name}`,
      isDangerous: false,
    });
    if (!isSure) return;
    this.#asked.add(name);
    this.requestUpdate();
    try {
      await this.client.drain(name);
      this.#news = `${name} drains.`;
    } catch (error) {
      this.#news = (error as Error).message;
    }
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
    return html`
      <div class="heard" role="status">${this.#news}</div>
      <div class="nodes">
        ${repeat(
          this.cards,
          (card) => card.node.name,
          (card) => this.#card(card),
        )}
      </div>
      <carryout-cluster-confirm></carryout-cluster-confirm>
    `;
  }

  #card(card: NodeCard): TemplateResult {
    const { node, state, downloads } = card;
    const taken = state === "gone" ? 0 : downloads.length;
    return html`<section class="node ${state} ${node.draining ? "draining" : ""}" aria-label=${`node ${node.name}`}>
      <div class="head"><h3 class="title name" title=${node.name}>${node.name}</h3><span class="badge">${badge(card)}</span></div>
      <p class="facts">${this.#facts(node, taken)}</p>
      <div class="places" aria-hidden="true">
        ${Array.from({ length: Math.min(node.capacity, MOST_PLACES) }, (_, place) => html`<i class=${place < taken ? "taken" : ""}></i>`)}
      </div>
      <div class="chips">${downloads.length === 0 ? html`<p class="idle">${state === "gone" ? "Its work is on other nodes." : "Idle"}</p>` : this.#downloads(downloads)}</div>
      ${kindsOf(node)}
      <div class="foot">${state === "gone" ? nothing : this.#controls(node)}</div>
    </section>`;
  }

  #facts({ capacity, version, startedAt, url }: PublicNode, taken: number): string {
    const facts = [`${taken} of ${counted(capacity, "place")} taken`];
    if (startedAt) facts.push(`up ${duration(Math.max(0, this.now - Date.parse(startedAt)))}`);
    if (version) facts.push(`v${version}`);
    if (url) facts.push(url.replace(/^https?:\/\//, ""));
    return facts.join(" · ");
  }

  #downloads(downloads: NodeCard["downloads"]) {
    const more = downloads.length - MOST_CHIPS;
    return html`${repeat(
      downloads.slice(0, MOST_CHIPS),
      ({ id }) => id,
      ({ id, kind, fraction }) => {
        const percent = percentOf(fraction);
        return html`<button class="chip" data-key=${id} @click=${() => this.onOpen(id)}>
          <span class="kind">${kind}<small>${id.slice(0, 5)}</small></span>
          <span class="percent">${percent === null ? "" : percentage(percent, "en")}</span>
          <span class="bar"><span ${placed({ percent: percent ?? 0 })}></span></span>
        </button>`;
      },
    )}${more > 0 ? html`<p class="idle">and ${more} more</p>` : nothing}`;
  }

  #controls(node: PublicNode): TemplateResult {
    const { pid, name } = node;
    return html`
      ${
        pid === undefined
          ? nothing
          : html`<button class="button kill" title="Copy" @click=${() => this.#copy(pid)}>
              <code>kill -9 ${pid}</code><span class="muted">${this.#copied === pid ? "Copied" : "Copy"}</span>
            </button>`
      }
      <button class="button drain" ?disabled=${node.draining || this.#asked.has(name)} @click=${() => this.#drain(name)}
        aria-label=${`Drain ${name}…`}>Drain…</button>
    `;
  }
}

function kindsOf({ kinds }: PublicNode): TemplateResult | typeof nothing {
  const all = Object.entries(kinds ?? {});
  if (all.length === 0) return nothing;
  return html`<details>
    <summary>${counted(all.length, "kind")}</summary>
    <dl class="kinds">${all.map(([kind, revision]) => html`<dt>${kind}</dt><dd title="Revision">${revision ?? "–"}</dd>`)}</dl>
  </details>`;
}

function badge({ node, state }: NodeCard): string {
  if (state === "gone") return "gone";
  if (node.draining) return "draining";
  return state === "back" ? "started again" : "alive";
}

/** For screen readers: nodes that came or went. */
function newsBetween(before: readonly NodeCard[], after: readonly NodeCard[]): string | null {
  for (const card of after) {
    const old = before.find((candidate) => candidate.node.name === card.node.name);
    if (old && old.state !== "gone" && card.state === "gone") return `Node ${card.node.name} is gone.`;
    if (old?.state === "gone" && card.state !== "gone") return `Node ${card.node.name} is back.`;
  }
  return null;
}
