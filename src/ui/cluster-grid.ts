/** @module `<carryout-cluster-grid>`: downloads in rows, of which only those in view are in the document. */

import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { percentage } from "../client/format.ts";
import { gridStyles } from "./cluster-grid-styles.ts";
import { placed } from "./cluster-placed.ts";
import { clusterBase } from "./cluster-styles.ts";
import { nameOf, percentOf, STATE_NAMES, since } from "./cluster-text.ts";

/** What a row shows. */
export interface GridRow {
  id: string;
  kind: string;
  user: string;
  state: "pending" | "processing" | "ready" | "error";
  node: string | null;
  epoch: number;
  fraction: number | null;
  requestedAt: string;
}

const ROW_PX = 40;
/** Rows beyond each edge, so that fast scrolling shows no gaps. */
const BEYOND = 8;
const LEAST_TALL = 5;
const MOST_TALL = 11;

/** Arrow keys move between rows, Space selects, Enter opens. */
export class CarryoutClusterGrid extends LitElement {
  static override styles = [clusterBase, gridStyles];
  static override properties: PropertyDeclarations = {
    rows: { attribute: false },
    chosen: { attribute: false },
    opened: { attribute: false },
    empty: { attribute: false },
    now: { attribute: false },
  };

  declare rows: readonly GridRow[];
  declare chosen: ReadonlySet<string>;
  /** The row whose story is shown. */
  declare opened: string | null;
  /** Shown instead of rows. */
  declare empty: string;
  declare now: number;
  declare onOpen: (id: string) => void;
  /** Called with the ids that are selected from now on. */
  declare onChoose: (ids: ReadonlySet<string>) => void;

  #first = 0;
  #count = 30;
  /** In rows: it grows with the list, and never shrinks under what is below it. */
  #tall = LEAST_TALL;
  /** The row that Tab reaches. */
  #active: string | null = null;
  #activeIndex = 0;
  /** The row that had the focus before a change. */
  #focused: string | null = null;
  #moves = new Map<string, { epoch: number; at: number }>();
  readonly #resized = new ResizeObserver(() => this.#scrolled());

  constructor() {
    super();
    this.rows = [];
    this.chosen = new Set();
    this.opened = null;
    this.empty = "";
    this.now = Date.now();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  /** Gives the focus back to the row of this download, or to the list. */
  focusRow(id: string | null): void {
    const index = this.rows.findIndex((row) => row.id === id);
    this.#goTo(index < 0 ? this.#activeIndex : index);
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this.#scroller);
  }

  protected override willUpdate(): void {
    this.#focused = this.shadowRoot?.activeElement?.closest<HTMLElement>(".row")?.dataset.id ?? null;
    this.#tall = Math.min(MOST_TALL, Math.max(this.#tall, this.rows.length));
    const at = this.rows.findIndex((row) => row.id === this.#active);
    if (at >= 0) this.#activeIndex = at;
    else {
      this.#activeIndex = Math.max(0, Math.min(this.#activeIndex, this.rows.length - 1));
      this.#active = this.rows[this.#activeIndex]?.id ?? null;
    }
  }

  protected override updated(): void {
    // The row that had the focus has ended: the one in its place gets it.
    if (this.#focused !== null && !this.shadowRoot?.activeElement)
      this.#activeRow?.focus({ preventScroll: true });
  }

  get #scroller(): HTMLElement {
    return this.renderRoot.querySelector<HTMLElement>(".scroller")!;
  }

  get #activeRow(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.row[tabindex="0"]');
  }

  #scrolled(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - BEYOND);
    const count = Math.ceil(clientHeight / ROW_PX) + 2 * BEYOND;
    if (first === this.#first && count === this.#count) return;
    this.#first = first;
    this.#count = count;
    this.requestUpdate();
  }

  #goTo(index: number): void {
    const row = this.rows[Math.max(0, Math.min(index, this.rows.length - 1))];
    if (!row) return;
    this.#active = row.id;
    this.#activeIndex = this.rows.indexOf(row);
    this.#reveal(this.#activeIndex);
    this.requestUpdate();
    void this.updateComplete.then(() => this.#activeRow?.focus({ preventScroll: true }));
  }

  #reveal(index: number): void {
    const scroller = this.#scroller;
    const top = index * ROW_PX;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const bottom = top + ROW_PX - scroller.clientHeight;
    if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
    this.#scrolled();
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW_PX) - 1);
    const steps: Record<string, number> = {
      ArrowDown: this.#activeIndex + 1,
      ArrowUp: this.#activeIndex - 1,
      PageDown: this.#activeIndex + page,
      PageUp: this.#activeIndex - page,
      Home: 0,
      End: this.rows.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (event.shiftKey && this.#active) this.#choose(this.#active, true);
      this.#goTo(step);
    } else if (event.key === " " && this.#active) {
      event.preventDefault();
      this.#choose(this.#active, !this.chosen.has(this.#active));
    } else if (event.key === "Enter" && this.#active) {
      event.preventDefault();
      this.onOpen(this.#active);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#chooseAll(true);
    }
  }

  #choose(id: string, isChosen: boolean): void {
    const chosen = new Set(this.chosen);
    if (isChosen) chosen.add(id);
    else chosen.delete(id);
    this.onChoose(chosen);
  }

  #chooseAll(isChosen: boolean): void {
    this.onChoose(new Set(isChosen ? this.rows.map(({ id }) => id) : []));
  }

  protected override render(): TemplateResult {
    const { rows, chosen } = this;
    const isAll = rows.length > 0 && rows.every(({ id }) => chosen.has(id));
    return html`<div class="frame"><div role="grid" aria-label="Downloads" aria-multiselectable="true"
        aria-rowcount=${rows.length + 1}>
      <div role="rowgroup">
        <div class="head" role="row" aria-rowindex="1">
          <div role="columnheader"><input type="checkbox" aria-label="Select all" .checked=${isAll}
            .indeterminate=${!isAll && chosen.size > 0} ?disabled=${rows.length === 0}
            @change=${(event: Event) => this.#chooseAll((event.target as HTMLInputElement).checked)}></div>
          <div role="columnheader">Download</div>
          <div role="columnheader">State</div>
          <div role="columnheader">Node</div>
          <div role="columnheader" class="user">User</div>
          <div role="columnheader" class="age">Requested</div>
        </div>
      </div>
      <div class="scroller" role="rowgroup" ${placed({ height: this.#tall * ROW_PX + 8 })} @scroll=${() => this.#scrolled()} @keydown=${this.#onKey}>
        <div class="space" role="presentation" ${placed({ height: rows.length * ROW_PX })}>
          ${repeat(
            this.#inView(),
            ({ row }) => row.id,
            ({ row, index }) => this.#row(row, index),
          )}
        </div>
      </div>
    </div>
    ${rows.length === 0 ? html`<p class="empty">${this.empty}</p>` : nothing}</div>`;
  }

  /** The row that has the focus stays in the document wherever it is. */
  #inView(): { row: GridRow; index: number }[] {
    const shown = this.rows.slice(this.#first, this.#first + this.#count);
    const inView = shown.map((row, index) => ({ row, index: this.#first + index }));
    const active = this.rows[this.#activeIndex];
    const isShown = this.#activeIndex >= this.#first && this.#activeIndex < this.#first + shown.length;
    return active && !isShown ? [...inView, { row: active, index: this.#activeIndex }] : inView;
  }

  #row(row: GridRow, index: number): TemplateResult {
    const { id, kind, user, state, node, fraction } = row;
    const isChosen = this.chosen.has(id);
    const percent = state === "processing" ? percentOf(fraction) : null;
    return html`<div class="row ${id === this.opened ? "opened" : ""} ${this.#hasMoved(row) ? "moved" : ""}" role="row"
        data-id=${id} aria-rowindex=${index + 2} aria-selected=${isChosen ? "true" : "false"}
        tabindex=${index === this.#activeIndex ? "0" : "-1"} ${placed({ top: index * ROW_PX })}
        @click=${(event: MouseEvent) => this.#onClick(event, id, index)}>
      <div role="gridcell"><input type="checkbox" tabindex="-1" aria-label="Select ${kind} ${id.slice(0, 6)}"
        .checked=${isChosen}></div>
      <div role="gridcell" class="what"><span class="kind">${kind}</span><span class="mono muted">${id.slice(0, 8)}</span></div>
      <div role="gridcell" class="state ${state}">
        <span class="word">${STATE_NAMES[state]}${percent === null ? "" : ` ${percentage(percent, "en")}`}</span>
        ${state === "processing" ? html`<span class="bar"><span ${placed({ percent: percent ?? 0 })}></span></span>` : nothing}
      </div>
      <div role="gridcell" class="node">${node === null ? "–" : nameOf(node)}</div>
      <div role="gridcell" class="user muted" title=${user}>${user}</div>
      <div role="gridcell" class="age muted">${since(row.requestedAt, this.now)}</div>
    </div>`;
  }

  #onClick(event: MouseEvent, id: string, index: number): void {
    this.#active = id;
    this.#activeIndex = index;
    this.requestUpdate();
    const isBox = (event.target as Element).closest('input, [role="gridcell"]:first-child');
    if (isBox || event.ctrlKey || event.metaKey) this.#choose(id, !this.chosen.has(id));
    else this.onOpen(id);
  }

  /** True for a few seconds after a download got another holder. */
  #hasMoved({ id, epoch, node }: GridRow): boolean {
    const known = this.#moves.get(id);
    if (this.#moves.size > 20_000) this.#moves.clear();
    const isFirst = known === undefined || epoch <= 1;
    if (isFirst || (known.epoch !== epoch && node === null)) this.#moves.set(id, { epoch, at: 0 });
    else if (known.epoch !== epoch) this.#moves.set(id, { epoch, at: this.now });
    return this.now - (this.#moves.get(id)?.at ?? 0) < 4_000;
  }
}
