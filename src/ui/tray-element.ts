/** @module `<carryout-tray>`: all downloads of this user, newest first. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { askedAt } from "../client/stream-message.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { own, trayItem } from "./panel.ts";
import { isSpokenFor } from "./spoken-slots.ts";
import { fill } from "./words.ts";

/** Up to this many finished downloads there is no "clear all" button. */
const FEW = 2;

/** Parts: `heading list item line percent bar fill facts link cancel dismiss retry clear empty`. */
export class CarryoutTray extends DownloadsElement {
  /** Index of the item that had focus. */
  #focused: number | null = null;
  #asksToClear = false;

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
    return item ?? this.renderRoot.querySelector<HTMLElement>(".co-tray-title");
  }

  get #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>(".co-item")];
  }

  protected override render(): TemplateResult {
    const { language } = this;
    const downloads = [...this.shown(), ...this.store.earlier].sort((a, b) => askedAt(b) - askedAt(a));
    return html`${this.liveRegions()}
      <div class="co-tray-head">
        <h2 class="co-tray-title" part="heading" tabindex="-1">${own(language.words.tray)}</h2>
        ${this.#clearing(downloads.filter((view) => !isUnfinished(view)))}
      </div>
      ${
        downloads.length === 0
          ? html`<p class="co-empty" part="empty">${own(language.words.empty)}</p>`
          : html`<ul class="co-list" part="list">
              ${repeat(
                downloads,
                (view) => view.id,
                (view) => trayItem(view, language, this.actionsFor(view)),
              )}
            </ul>`
      }`;
  }

  /** Dismissing deletes files: the first click asks for confirmation, the second one on the same button does it. */
  #clearing(finished: readonly DownloadView[]) {
    const { words } = this.language;
    if (finished.length <= FEW) return nothing;
    const label = this.#asksToClear ? fill(words.clearSure, { count: String(finished.length) }) : words.clear;
    const ask = (asks: boolean) => {
      this.#asksToClear = asks;
      this.requestUpdate();
    };
    const clear = () => {
      ask(false);
      for (const view of finished) void this.store.remove(view.id);
    };
    return html`<button type="button" class="co-quiet" part="clear"
      @click=${() => (this.#asksToClear ? clear() : ask(true))} @blur=${() => ask(false)}>${own(label)}</button>`;
  }
}
