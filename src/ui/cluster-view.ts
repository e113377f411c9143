/** @module `<carryout-cluster>`: the cluster for operators, live. */

import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { EventStream, type StreamStatus } from "../client/event-stream.ts";
import { wholeNumber } from "../client/format.ts";
import { ownBase } from "../client/script-base.ts";
import type { PublicCluster, PublicClusterChanges } from "../wire/cluster.ts";
import { ClusterClient } from "./cluster-client.ts";
import type { CarryoutClusterDownloads } from "./cluster-downloads.ts";
import { ClusterModel } from "./cluster-model.ts";
import type { CarryoutClusterStory } from "./cluster-story.ts";
import { clusterBase } from "./cluster-styles.ts";

/** The server sends a comment every 2 s; this tolerates a slow proxy. */
const SILENCE_MS = 8_000;
/** Ages are written in seconds. */
const TICK_MS = 1_000;

/** Attributes: `src` (without it, "/cluster" beside the path that the script was loaded from) and `initial` (a JSON `PublicCluster`). */
export class CarryoutCluster extends LitElement {
  static override styles = [
    clusterBase,
    css`
      .summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.5rem; margin-bottom: 1.25rem; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
      .summary b { font-size: 1.375rem; font-weight: 650; letter-spacing: -0.02em; }
      .summary span { color: var(--muted); }
      .lost { color: var(--danger); font-weight: 600; }
      .part { display: block; margin-top: 2rem; }
      /* The panel with a story must not cover the controls: the page is at most 80rem wide, with margins of 2rem. */
      @media (min-width: 64rem) {
        .beside { padding-inline-end: calc(25rem - max(0px, (100vw - 80rem) / 2)); }
      }
    `,
  ];

  static override properties: PropertyDeclarations = {
    src: { type: String },
    initial: { type: Object },
  };

  declare src: string;
  declare initial: PublicCluster | null;

  readonly #model = new ClusterModel();
  #client!: ClusterClient;
  #stream: EventStream | null = null;
  #status: StreamStatus = "connecting";
  #ticking: ReturnType<typeof setInterval> | undefined;
  /** The download whose story is shown. */
  #opened: string | null = null;

  constructor() {
    super();
    this.src = `${ownBase()}/cluster`;
    this.initial = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#client = new ClusterClient(this.src);
    if (this.initial) this.#model.replace(this.initial, Date.now());
    this.#stream = new EventStream({
      url: `${this.src}/events?changes=1`,
      silenceMs: () => SILENCE_MS,
      onEvent: (name, data) => this.#take(name, data),
      onStatus: (status) => {
        this.#status = status;
        this.requestUpdate();
      },
    });
    this.#stream.start();
    this.#ticking = setInterval(() => this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stream?.stop();
    clearInterval(this.#ticking);
  }

  #take(name: string, data: string): void {
    if (name === "cluster") this.#model.replace(JSON.parse(data) as PublicCluster, Date.now());
    else if (name === "changes") this.#model.change(JSON.parse(data) as PublicClusterChanges, Date.now());
    else return;
    this.requestUpdate();
  }

  protected override firstUpdated(): void {
    this.replaceChildren();
  }

  #open(id: string): void {
    this.#opened = id;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<CarryoutClusterStory>("carryout-cluster-story")?.focus();
    });
  }

  get #downloads(): CarryoutClusterDownloads {
    return this.renderRoot.querySelector<CarryoutClusterDownloads>("carryout-cluster-downloads")!;
  }

  readonly #onOpen = (id: string) => this.#open(id);

  readonly #onClose = () => {
    const id = this.#opened;
    this.#opened = null;
    this.requestUpdate();
    this.#downloads.focusRow(id);
  };

  readonly #onUser = (user: string) => this.#downloads.findUser(user);

  protected override render(): TemplateResult {
    const now = Date.now();
    const cards = this.#model.cards(now);
    const opened = this.#opened;
    return html`<div class=${opened === null ? "" : "beside"}>
      ${this.#summary(cards.filter(({ state }) => state !== "gone").length)}
      <carryout-cluster-nodes .client=${this.#client} .cards=${cards} .now=${now} .onOpen=${this.#onOpen}></carryout-cluster-nodes>
      <carryout-cluster-plots class="part" .client=${this.#client}></carryout-cluster-plots>
      <carryout-cluster-downloads class="part" .client=${this.#client} .model=${this.#model} .opened=${opened} .now=${now}
        .onOpen=${this.#onOpen}></carryout-cluster-downloads>
      <carryout-cluster-log class="part" .client=${this.#client} .onOpen=${this.#onOpen}></carryout-cluster-log>
      <carryout-cluster-story .client=${this.#client} .download=${opened} .live=${opened === null ? undefined : this.#model.get(opened)}
        .now=${now} .onClose=${this.#onClose} .onUser=${this.#onUser}></carryout-cluster-story>
    </div>`;
  }

  #summary(alive: number): TemplateResult {
    const fact = (count: number, name: string) =>
      html`<span><b>${wholeNumber(count, "en")}</b> ${name}</span>`;
    return html`<p class="summary">
      ${fact(alive, alive === 1 ? "node" : "nodes")}${fact(this.#model.running, "running")}${fact(this.#model.waiting, "waiting")}
      <span class="lost" role="status">${this.#trouble() ?? nothing}</span>
    </p>`;
  }

  #trouble(): string | null {
    if (this.#status === "waiting") return "Connection lost, trying again…";
    return this.#status === "signed-out" ? "Signed out; reload the page." : null;
  }
}
