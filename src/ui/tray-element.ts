/** @module `<carryout-tray>`: all downloads of this user, newest first. */

import type { DownloadView } from "../client/download-view.ts";
import { percentage, wholeNumber } from "../client/format.ts";
import { isUnfinished } from "../client/public-download.ts";
import { type TabMemory, tabMemory } from "../client/tab-memory.ts";
import type { PublicExport } from "../wire/export.ts";
import type { Language } from "./describe.ts";
import { Dock } from "./dock.ts";
import { html, keyed, markup, nothing, type TemplateResult } from "./dom/template.ts";
import type { PropertyDeclarations } from "./dom/updating-element.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { foldIcon } from "./icons.ts";
import { exportsOf } from "./kind-names.ts";
import { own } from "./panel.ts";
import { isSpokenFor } from "./spoken-slots.ts";
import { trayItem } from "./tray-item.ts";
import { fill } from "./words.ts";

let memory: TabMemory | null = null;

/** Whether the user has folded the list in this browser tab. */
function folded(): TabMemory {
  memory ??= tabMemory("carryout-folded", () => sessionStorage);
  return memory;
}

/** So many finished ones are shown at first, and more at each click. */
const FIRST = 10;
const MORE = 20;

/**
 * Attributes: `dock` (where it is a bar at the bottom of the window: "auto" on narrow ones, "always", "never"),
 * `collapsed`. Slots: `empty`, `footer`.
 */
export class CarryoutTray extends DownloadsElement {
  static override properties: PropertyDeclarations = {
    dock: {},
    collapsed: { type: Boolean, reflect: true },
  };

  declare dock: "auto" | "always" | "never";
  declare collapsed: boolean;

  readonly #dock = new Dock(this);
  #most = FIRST;
  /** Index of the item that had focus. */
  #focused: number | null = null;
  #asksToClear = false;

  constructor() {
    super();
    this.dock = "auto";
    this.collapsed = false;
  }

  protected override enter(): (() => void)[] {
    const kept = folded().get(this.src);
    if (kept !== undefined) this.collapsed = kept === "1";
    return [...super.enter(), this.#dock.watch(() => this.requestUpdate())];
  }

  protected override shown(): readonly DownloadView[] {
    return this.store.downloads;
  }

  protected override isSilentAbout(slot: string): boolean {
    return isSpokenFor(this.store, slot);
  }

  protected override noteFocus(): void {
    const item = this.shadowRoot?.activeElement?.closest(".co-item");
    this.#focused = item ? this.#items.indexOf(item as HTMLElement) : null;
  }

  /** The item that took the place of the one that had focus, else the last one, else the heading. */
  protected override focusTarget(): HTMLElement | null {
    const items = this.#items;
    const item = this.#focused === null ? undefined : (items[this.#focused] ?? items.at(-1));
    return item ?? this.renderRoot.querySelector<HTMLElement>(".co-toggle");
  }

  get #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>(".co-item")];
  }

  /** Asked for once a download has no name of its own. */
  protected override get exports(): readonly PublicExport[] {
    const isNamed = this.store.state.downloads.every(({ file }) => file);
    return this.names || isNamed ? [] : exportsOf(this.src, () => this.requestUpdate());
  }

  protected override render(): TemplateResult {
    const { language, store } = this;
    const { words } = language;
    const { downloads: views } = store.state;
    const running = views.filter(isUnfinished);
    const finished = views.filter((view) => !isUnfinished(view));
    const listed = new Set([...running, ...finished.slice(0, this.#most)]);
    const isDocked = this.#dock.isDocked(this.dock) && views.length > 0;
    const isOpen = isDocked ? this.#dock.isOpen : !this.collapsed;
    const list = html`<div class="co-fold" id="list" ?hidden=${!isOpen}>
      ${
        views.length === 0
          ? html`<slot name="empty"><p class="co-empty" part="empty">${own(words.empty)}</p></slot>`
          : html`<ul class="co-list" part="list" role="list">
              ${views
                .filter((view) => listed.has(view))
                .map((view) =>
                  keyed(view.id, [view, language], () => trayItem(view, language, this.actionsFor(view))),
                )}
            </ul>`
      }
      ${finished.length > this.#most || store.state.hasMore ? this.#moreButton(finished.length, words.more) : nothing}
      <slot name="footer"></slot>
    </div>`;
    return html`${this.liveRegions()}
      <div class=${`co-tray${isDocked ? " co-docked" : ""}${isOpen ? " co-open" : ""}`} part="tray" @keydown=${this.#keys}>
        <div class="co-tray-head">
          ${this.#heading(running, finished, isOpen, language)}
          ${isOpen ? this.#clearing(finished) : nothing}
        </div>
        ${list}
      </div>
      ${isDocked ? html`<div class="co-dock-space"></div>` : nothing}`;
  }

  #heading(
    running: readonly DownloadView[],
    finished: readonly DownloadView[],
    isOpen: boolean,
    { words, locale }: Language,
  ): TemplateResult {
    const fresh = finished.filter((view) => view.state === "ready" && !view.fetched);
    const [badge, word, count] =
      running.length > 0
        ? (["co-badge", words.inProgress, running.length] as const)
        : (["co-badge co-done", words.readyCount, fresh.length] as const);
    const [only] = running;
    const percent = running.length === 1 && only?.percent != null ? percentage(only.percent, locale) : "";
    const text = wholeNumber(count, locale);
    return html`<h2 class="co-tray-title" part="heading">
      <button type="button" class="co-toggle" part="toggle" aria-expanded=${isOpen ? "true" : "false"} aria-controls="list" @click=${this.#toggle}>
        ${own(words.tray)}
        ${
          count > 0
            ? html`<span class=${badge} part="badge"><span aria-hidden="true">${text}</span><span class="co-heard">${fill(word, { count: text })}</span></span>`
            : nothing
        }
        ${isOpen ? nothing : html`<span class="co-percent" aria-hidden="true">${percent}</span>`}
        <span class="co-chevron">${markup(foldIcon)}</span>
      </button>
    </h2>`;
  }

  readonly #toggle = () => {
    if (this.#dock.isDocked(this.dock)) this.#dock.isOpen = !this.#dock.isOpen;
    else {
      this.collapsed = !this.collapsed;
      folded().set(this.src, this.collapsed ? "1" : "0");
    }
    this.requestUpdate();
  };

  /** Escape closes the sheet, as it covers the page. */
  readonly #keys = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !this.#dock.isDocked(this.dock) || !this.#dock.isOpen) return;
    event.stopPropagation();
    this.#dock.isOpen = false;
    this.requestUpdate();
    this.renderRoot.querySelector<HTMLElement>(".co-toggle")?.focus();
  };

  #moreButton(have: number, label: string): TemplateResult {
    const more = async () => {
      const before = this.#items.length;
      this.#most += MORE;
      this.requestUpdate();
      if (have < this.#most && this.store.state.hasMore) await this.store.more();
      await this.updateComplete;
      this.#items[before]?.focus();
    };
    return html`<button type="button" class="co-quiet co-more" part="more" @click=${more}>${own(label)}</button>`;
  }

  /** Dismissing deletes files: the first click asks for confirmation, the second one on the same button does it. */
  #clearing(finished: readonly DownloadView[]) {
    const { words, locale } = this.language;
    if (finished.length < 2) return nothing;
    const count = wholeNumber(finished.length, locale);
    const label = this.#asksToClear ? fill(words.clearSure, { count }) : words.clear;
    const ask = (asks: boolean) => {
      this.#asksToClear = asks;
      this.requestUpdate();
    };
    const clear = () => {
      ask(false);
      for (const view of finished) void this.store.remove(view.id);
    };
    return html`<button type="button" class="co-plain" part="clear"
      @click=${() => (this.#asksToClear ? clear() : ask(true))} @blur=${() => ask(false)}>${own(label)}</button>`;
  }
}
