/** @module `<carryout-cluster-story>`: what happened to one download, as a panel beside the page. */

import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { fileSize, percentage } from "../client/format.ts";
import type { PublicClusterDownload } from "../wire/cluster.ts";
import type { PublicLogLine, PublicStory, PublicStoryEvent } from "../wire/operations.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { CarryoutClusterConfirm } from "./cluster-confirm.ts";
import { placed } from "./cluster-placed.ts";
import { storyStyles } from "./cluster-story-styles.ts";
import { clusterBase } from "./cluster-styles.ts";
import { clockTime, counted, duration, nameOf, percentOf, STATE_NAMES, toldEvent } from "./cluster-text.ts";

/** While it is unfinished, for its checkpoints. */
const AGAIN_MS = 3_000;

export class CarryoutClusterStory extends LitElement {
  static override styles = [clusterBase, storyStyles];
  static override properties: PropertyDeclarations = {
    client: { attribute: false },
    download: { attribute: false },
    live: { attribute: false },
    now: { attribute: false },
  };

  declare client: ClusterClient;
  /** The id; null while nothing is shown. */
  declare download: string | null;
  /** The download in the live list; undefined when it is not unfinished any more. */
  declare live: PublicClusterDownload | undefined;
  declare now: number;
  declare onClose: () => void;
  /** Shows the downloads of this user. */
  declare onUser: (user: string) => void;

  #story: PublicStory | null = null;
  #isMissing = false;
  #wrong: string | null = null;
  #news = "";
  /** The state that the story was fetched for. */
  #known = "";
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.download = null;
    this.live = undefined;
    this.now = Date.now();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#again);
  }

  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("h2")?.focus());
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("download")) {
      this.#story = null;
      this.#isMissing = false;
      this.#wrong = null;
      this.#news = "";
      this.#known = "";
    }
    const { download, live } = this;
    const known = `${download} ${live?.state} ${live?.epoch} ${live?.node}`;
    if (download === null || known === this.#known) return;
    this.#known = known;
    void this.#fetch(download);
  }

  async #fetch(id: string): Promise<void> {
    clearTimeout(this.#again);
    try {
      const story = await this.client.story(id);
      if (id !== this.download) return;
      this.#isMissing = story === null;
      this.#story = story ?? this.#story;
      this.#wrong = null;
    } catch (error) {
      if (id === this.download) this.#wrong = (error as Error).message;
    }
    const state = this.#story?.download.state;
    const isOver = this.#isMissing || state === "ready" || state === "error";
    if (id === this.download && !isOver && this.isConnected)
      this.#again = setTimeout(() => void this.#fetch(id), AGAIN_MS);
    this.requestUpdate();
  }

  async #act(action: "cancel" | "retry"): Promise<void> {
    const { download: id } = this;
    if (id === null) return;
    const dialog = this.renderRoot.querySelector<CarryoutClusterConfirm>("carryout-cluster-confirm")!;
    const isSure = await dialog.ask(
      action === "cancel"
        ? {
            title: "Cancel this download?",
            text: "It is removed, for its user too.",
            yes: "Cancel it",
            isDangerous: true,
          }
        : {
            title: "Retry this download?",
            text: "It is requested again for its user, with the same parameters.",
            yes: "Retry it",
            isDangerous: false,
          },
    );
    if (!isSure) return;
    try {
      const [result] = await this.client.bulk(action, [id]);
      this.#news =
        result?.result === "refused" ? (result.message ?? "Refused.") : `It was ${result?.result}.`;
    } catch (error) {
      this.#news = (error as Error).message;
    }
    await this.#fetch(id);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { download: id } = this;
    if (id === null) return nothing;
    const story = this.#story;
    return html`<aside role="region" aria-labelledby="name" @keydown=${(event: KeyboardEvent) => {
      if (event.key === "Escape" && !(event.target as Element).matches("carryout-cluster-confirm"))
        this.onClose();
    }}>
      <div class="head">
        <h2 id="name" class="title" tabindex="-1">${story?.download.kind ?? "Download"}</h2>
        <button class="button close" aria-label="Close" @click=${() => this.onClose()}>✕</button>
      </div>
      <p class="mono muted id">${id}</p>
      ${this.#wrong === null ? nothing : html`<p role="alert" class="wrong">${this.#wrong}</p>`}
      ${this.#isMissing ? html`<p class="gone">It was cancelled, dismissed or has expired: nothing is stored of it any more.</p>` : nothing}
      <p role="status" class="news">${this.#news}</p>
      ${story === null ? (this.#wrong || this.#isMissing ? nothing : html`<p class="muted">Loading…</p>`) : this.#content(story)}
      <carryout-cluster-confirm></carryout-cluster-confirm>
    </aside>`;
  }

  #content(story: PublicStory): TemplateResult {
    const { download } = story;
    const { live } = this;
    const state = live?.state ?? download.state;
    const percent = state === "processing" ? percentOf(live?.fraction ?? download.fraction) : null;
    const isUnfinished = !this.#isMissing && (state === "pending" || state === "processing");
    return html`
      <div class="state">
        <span class="badge ${state}">${STATE_NAMES[state]}${percent === null ? "" : ` ${percentage(percent, "en")}`}</span>
        ${isUnfinished ? html`<button class="button danger" @click=${() => this.#act("cancel")}>Cancel…</button>` : nothing}
        ${state === "error" && !this.#isMissing ? html`<button class="button" @click=${() => this.#act("retry")}>Retry…</button>` : nothing}
      </div>
      ${percent === null ? nothing : html`<div class="bar"><span ${placed({ percent })}></span></div>`}
      <dl>${this.#facts(story).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      <h3 class="title">What happened</h3>
      ${this.#timeline(story)}
      ${this.#unheard(story)}
      ${
        story.log.length === 0
          ? nothing
          : html`<details>
        <summary>${counted(story.log.length, "log line")}</summary>
        <ul class="log">${story.log.map((line) => this.#line(line))}</ul>
      </details>`
      }
    `;
  }

  #facts({ download, checkpoints, fetches }: PublicStory): [string, unknown][] {
    const { user, slot, node, revision, failures, file, expiresAt, error, position } = download;
    const saved = checkpoints.bytes === null ? "" : `, resumes after ${fileSize(checkpoints.bytes, "en")}`;
    const last = checkpoints.at === null ? "" : `, the last at ${clockTime(checkpoints.at, this.now)}`;
    const facts: [string, unknown][] = [
      [
        "User",
        html`<button class="link" title="Show this user's downloads"
          @click=${() => this.onUser(user)}>${user}</button>`,
      ],
      ["Slot", slot],
      ["Node", (this.live ? this.live.node : node) ?? "–"],
      ["Checkpoints", checkpoints.count === 0 ? "none" : `${checkpoints.count}${last}${saved}`],
    ];
    if (position !== null && this.live?.state === "pending") facts.push(["Place in line", position]);
    if (revision)
      facts.push(["Revision", html`<span class="mono" title=${revision}>${revision.slice(0, 12)}</span>`]);
    if (failures > 0) facts.push(["Failed attempts", failures]);
    if (error) facts.push(["Reason", `${error.code}: ${error.message}`]);
    if (file)
      facts.push([
        "File",
        html`${file.name}<br><span class="muted">${fileSize(file.size, "en")}, ${file.type}</span>`,
      ]);
    if (expiresAt) facts.push(["Expires", clockTime(expiresAt, this.now)]);
    if (file)
      facts.push([
        "Fetched",
        fetches.count === 0 ? "not from a node that still runs" : counted(fetches.count, "time"),
      ]);
    return facts;
  }

  #timeline({ events, dropped, fetches }: PublicStory): TemplateResult {
    const [first, ...others] = events;
    const rows: TemplateResult[] = [];
    if (first) rows.push(this.#event(first, null));
    if (dropped > 0) rows.push(html`<li class="left-out">${counted(dropped, "event")} left out</li>`);
    for (const [index, event] of others.entries())
      rows.push(this.#event(event, dropped > 0 && index === 0 ? null : events[index]!.at));
    if (fetches.firstAt) rows.push(this.#fetched("Fetched", fetches.firstAt));
    if (fetches.lastAt && fetches.count > 1) rows.push(this.#fetched("Fetched last", fetches.lastAt));
    return html`<ol class="timeline">${rows}</ol>`;
  }

  #event(event: PublicStoryEvent, before: string | null): TemplateResult {
    const { title, detail } = toldEvent(event);
    const gapMs = before === null ? 0 : Date.parse(event.at) - Date.parse(before);
    const isMove = event.type === "claimed" && event.from !== undefined;
    return html`<li class="${event.type} ${isMove ? "move" : ""}">
      <span class="what">${title}</span>
      <time datetime=${event.at}>${clockTime(event.at, this.now)}</time>
      ${detail === null ? nothing : html`<span class="detail">${detail}</span>`}
      ${gapMs >= 1_000 ? html`<span class="gap">after ${duration(gapMs)}</span>` : nothing}
    </li>`;
  }

  #fetched(what: string, at: string): TemplateResult {
    return html`<li class="fetched"><span class="what">${what}</span><time datetime=${at}>${clockTime(at, this.now)}</time></li>`;
  }

  #line({ at, node, level, message, fields }: PublicLogLine): TemplateResult {
    const { reason, code, error } = fields;
    const why = [code, reason ?? error].filter(Boolean).join(": ");
    return html`<li class=${level}><time datetime=${at}>${clockTime(at, this.now)}</time> <b>${nameOf(node)}</b> ${message}${why ? html` <span class="muted">${why}</span>` : nothing}</li>`;
  }

  #unheard({ unheard }: PublicStory): TemplateResult | typeof nothing {
    if (unheard.length === 0) return nothing;
    const names = unheard.map(({ node }) => node).join(", ");
    return html`<p class="muted small">Without what ${names} would know: not reachable from this node.</p>`;
  }
}
