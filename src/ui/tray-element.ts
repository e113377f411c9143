/** @module `<carryout-tray>`: all downloads of this user, newest first. */

import { html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { DownloadView } from "../client/download-view.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { trayItem } from "./panel.ts";
import { isSpokenFor } from "./spoken-slots.ts";

/** Parts: `heading list item line percent bar fill facts link cancel dismiss retry empty`. */
export class CarryoutTray extends DownloadsElement {
  protected override shown(): readonly DownloadView[] {
    return this.store.downloads;
  }

  protected override isSilentAbout(slot: string): boolean {
    return isSpokenFor(this.store, slot);
  }

  protected override focusTarget(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".co-item, .co-tray-title");
  }

  protected override render(): TemplateResult {
    const { language } = this;
    const downloads = this.shown();
    return html`${this.liveRegions()}
      <h2 class="co-tray-title" part="heading" tabindex="-1">${language.words.tray}</h2>
      ${
        downloads.length === 0
          ? html`<p class="co-empty" part="empty">${language.words.empty}</p>`
          : html`<ul class="co-list" part="list">
              ${repeat(
                downloads,
                (view) => view.id,
                (view) => trayItem(view, language, this.actionsFor(view)),
              )}
            </ul>`
      }`;
  }
}
