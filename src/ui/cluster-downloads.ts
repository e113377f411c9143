/** @module `<carryout-cluster-downloads>`: the live list, the search, and what can be done with the selected ones. */

import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { wholeNumber } from "../client/format.ts";
import type { PublicClusterDownload } from "../wire/cluster.ts";
import type { FoundDownload, Outcomes } from "../wire/operations.ts";
import type { ClusterClient, Finding } from "./cluster-client.ts";
import type { CarryoutClusterConfirm } from "./cluster-confirm.ts";
import type { CarryoutClusterGrid, GridRow } from "./cluster-grid.ts";
import type { ClusterModel } from "./cluster-model.ts";
import { clusterBase } from "./cluster-styles.ts";
import { counted } from "./cluster-text.ts";

/** The first three are of the live list, the others of a search. */
const CHOICES = [
  ["live", "Running and waiting"],
  ["processing", "Running"],
  ["pending", "Waiting"],
  ["any", "Any state"],
  ["ready", "Ready"],
  ["error", "Failed"],
] as const;
const LIVE = ["live", "processing", "pending"];
/** A download that a search found and that has ended meanwhile is looked up again after this time. */
const AGAIN_MS = 1_500;

export class CarryoutClusterDownloads extends LitElement {
  static override styles = [
    clusterBase,
    css`
      .top { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin-bottom: 0.75rem; }
      .title { margin-inline-end: auto; }
      form { display: flex; flex-wrap: wrap; gap: 0.5rem; }
      .field { max-width: 15rem; min-width: 0; }
      input.field { width: 15rem; }
      .below { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; min-height: 2.75rem; padding-top: 0.625rem; font-size: 0.8125rem; }
      .count { margin-inline-end: auto; color: var(--muted); font-variant-numeric: tabular-nums; }
      .wrong { color: var(--danger); }
      @media (max-width: 46rem) { form, input.field { width: 100%; max-width: none; } select.field { flex: 1; } }
    `,
  ];
  static override properties: PropertyDeclarations = {
    client: { attribute: false },
    model: { attribute: false },
    opened: { attribute: false },
    now: { attribute: false },
  };

  declare client: ClusterClient;
  declare model: ClusterModel;
  declare opened: string | null;
  /** Changes with the model. */
  declare now: number;
  /** Shows the story of this download. */
  declare onOpen: (id: string) => void;

  #text = "";
  #kind = "";
  #state = "live";
  #found: FoundDownload[] | null = null;
  #next: { finding: Finding; after: string } | null = null;
  #searches = 0;
  #wrong: string | null = null;
  #chosen: ReadonlySet<string> = new Set();
  #news = "";
  #isBusy = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.opened = null;
    this.now = Date.now();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#again);
  }

  /** Shows the downloads of this user. */
  findUser(user: string): void {
    this.#text = user;
    this.#state = "any";
    void this.#search();
  }

  focusRow(id: string | null): void {
    this.renderRoot.querySelector<CarryoutClusterGrid>("carryout-cluster-grid")?.focusRow(id);
  }

  get #isLive(): boolean {
    return this.#text === "" && LIVE.includes(this.#state);
  }

  #rows(): readonly GridRow[] {
    if (this.#isLive) {
      const isShown = ({ kind, state }: PublicClusterDownload) =>
        (this.#kind === "" || kind === this.#kind) && (this.#state === "live" || state === this.#state);
      const all = this.model.rows();
      return this.#kind === "" && this.#state === "live" ? all : all.filter(isShown);
    }
    return (this.#found ?? []).map((found) => {
      const now = this.model.get(found.id);
      if (now)
        return { ...found, state: now.state, node: now.node, epoch: now.epoch, fraction: now.fraction };
      if (found.state === "pending" || found.state === "processing") this.#searchAgain();
      return found;
    });
  }

  /** Something that was found has ended since. */
  #searchAgain(): void {
    if (this.#again !== undefined || this.#searches > 0) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      if (!this.#isLive && this.isConnected) void this.#search();
    }, AGAIN_MS);
  }

  async #search(): Promise<void> {
    this.#chosen = new Set();
    this.#wrong = null;
    this.#next = null;
    if (this.#isLive) {
      this.#found = null;
      return this.requestUpdate();
    }
    const text = this.#text;
    const common: Finding = {
      kind: this.#kind,
      state: this.#state === "any" || this.#state === "live" ? "" : this.#state,
    };
    // What was typed may be an id or a user.
    const findings =
      text === ""
        ? [common]
        : [
            { ...common, id: text },
            { ...common, user: text },
          ];
    const found = await this.#asking(() => Promise.all(findings.map((one) => this.client.find(one))));
    if (found === null || text !== this.#text) return;
    const all = new Map(found.flatMap(({ downloads }) => downloads).map((one) => [one.id, one]));
    this.#found = [...all.values()];
    this.#keepNext(findings.at(-1)!, found.at(-1)!.next);
  }

  /** A page may be empty although there are more. */
  async #more(): Promise<void> {
    const { finding, after } = this.#next ?? {};
    if (!finding || !after) return;
    const page = await this.#asking(() => this.client.find({ ...finding, after }));
    if (page === null || this.#next?.after !== after) return;
    const all = new Map([...(this.#found ?? []), ...page.downloads].map((one) => [one.id, one]));
    this.#found = [...all.values()];
    this.#keepNext(finding, page.next);
  }

  #keepNext(finding: Finding, after: string | null): void {
    this.#next = after === null ? null : { finding, after };
    this.requestUpdate();
  }

  async #asking<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
    this.#searches += 1;
    this.requestUpdate();
    try {
      return await ask();
    } catch (error) {
      this.#wrong = (error as Error).message;
      return null;
    } finally {
      this.#searches -= 1;
      this.requestUpdate();
    }
  }

  async #act(action: "cancel" | "retry"): Promise<void> {
    const ids = [...this.#chosen];
    const what = counted(ids.length, "download");
    const dialog = this.renderRoot.querySelector<CarryoutClusterConfirm>("carryout-cluster-confirm")!;
    const isSure = await dialog.ask(
      action === "cancel"
        ? {
            title: `Cancel ${what}?`,
            text: "Those that run or wait are removed, for their users too. Finished ones stay.",
            yes: `Cancel ${what}`,
            isDangerous: true,
          }
        : {
            title: `Retry ${what}?`,
            text: "Each failed one is requested again for its user, with the same parameters. Others are left as they are.",
            yes: `Retry ${what}`,
            isDangerous: false,
          },
    );
    if (!isSure) return;
    this.#isBusy = true;
    const onProgress = (done: number) => this.#tell(`${done} of ${ids.length}…`);
    try {
      const results = await this.client.bulk(action, ids, onProgress);
      this.#tell(told(results));
      this.#chosen = new Set(results.flatMap(({ id, result }) => (result === "refused" ? [id] : [])));
    } catch (error) {
      this.#tell((error as Error).message);
    }
    this.#isBusy = false;
    if (!this.#isLive) await this.#search();
    this.requestUpdate();
  }

  #tell(news: string): void {
    this.#news = news;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const rows = this.#rows();
    return html`
      <div class="top">
        <h2 class="title">Downloads</h2>
        <form role="search" @submit=${this.#onSubmit}>
          <input class="field" type="search" name="text" placeholder="Id or user" aria-label="Id or user"
            autocomplete="off" spellcheck="false" .value=${this.#text}
            @search=${this.#onCleared}>
          <select class="field" name="kind" aria-label="Kind" @change=${this.#onSubmit}>
            <option value="">All kinds</option>
            ${this.model.kinds().map((kind) => html`<option value=${kind} ?selected=${kind === this.#kind}>${kind}</option>`)}
          </select>
          <select class="field" name="state" aria-label="State" .value=${this.#state} @change=${this.#onSubmit}>
            ${CHOICES.map(([value, name]) => html`<option value=${value} ?selected=${value === this.#state}>${name}</option>`)}
          </select>
          <button class="button">Search</button>
        </form>
      </div>
      <carryout-cluster-grid .rows=${rows} .chosen=${this.#chosen} .opened=${this.opened} .now=${this.now}
        .empty=${this.#emptyText()}
        .onChoose=${this.#onChoose} .onOpen=${this.onOpen}></carryout-cluster-grid>
      <div class="below">
        <span class="count">${this.#counts(rows)}</span>
        <span role="status">${this.#news}</span>
        ${this.#wrong === null ? nothing : html`<span role="alert" class="wrong">${this.#wrong}</span>`}
        ${this.#next === null || this.#isLive ? nothing : html`<button class="button" ?disabled=${this.#searches > 0} @click=${() => this.#more()}>Show more</button>`}
        <button class="button" ?disabled=${this.#chosen.size === 0 || this.#isBusy} @click=${() => this.#act("retry")}>Retry…</button>
        <button class="button danger" ?disabled=${this.#chosen.size === 0 || this.#isBusy} @click=${() => this.#act("cancel")}>Cancel…</button>
      </div>
      <carryout-cluster-confirm></carryout-cluster-confirm>
    `;
  }

  readonly #onChoose = (ids: ReadonlySet<string>) => {
    this.#chosen = ids;
    this.requestUpdate();
  };

  readonly #onSubmit = (event: Event) => {
    event.preventDefault();
    const form = (event.target as HTMLElement).closest("form")!;
    const given = new FormData(form);
    this.#text = String(given.get("text") ?? "").trim();
    this.#kind = String(given.get("kind") ?? "");
    this.#state = String(given.get("state") ?? "live");
    void this.#search();
  };

  /** The browser's own button that empties the field. */
  readonly #onCleared = (event: Event) => {
    if ((event.target as HTMLInputElement).value === "" && this.#text !== "") this.#onSubmit(event);
  };

  #emptyText(): string {
    if (this.#isLive) return "Nothing runs or waits.";
    if (this.#searches > 0) return "Searching…";
    return this.#next === null ? "Nothing found." : "Nothing found so far.";
  }

  #counts(rows: readonly GridRow[]): string {
    const unlisted = this.#isLive && this.#kind === "" && this.#state === "live" ? this.model.unlisted : 0;
    const more = unlisted > 0 ? ` and ${wholeNumber(unlisted, "en")} more` : "";
    const chosen = this.#chosen.size > 0 ? ` · ${wholeNumber(this.#chosen.size, "en")} selected` : "";
    return `${counted(rows.length, "download")}${more}${chosen}`;
  }
}

/** "3 cancelled, 2 refused: It is finished; its file stays." */
function told(results: Outcomes["results"]): string {
  const parts: string[] = [];
  for (const result of ["cancelled", "retried"] as const) {
    const count = results.filter((one) => one.result === result).length;
    if (count > 0) parts.push(`${count} ${result}`);
  }
  const refused = results.filter((one) => one.result === "refused");
  const reasons = [...new Set(refused.map(({ message }) => message ?? ""))].slice(0, 3).join(" ");
  if (refused.length > 0) parts.push(`${refused.length} refused: ${reasons}`);
  return parts.join(", ");
}
