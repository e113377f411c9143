/** @module `<carryout-progress>`: one download in a line of text, for a table's row or a toolbar. */

import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { describe, nameOf, sizeOf } from "./describe.ts";
import { html, markup, nothing, type TemplateResult } from "./dom/template.ts";
import type { PropertyDeclarations } from "./dom/updating-element.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { downloadIcon, errorIcon } from "./icons.ts";
import { facts, own } from "./panel.ts";
import { bar } from "./progress-bar.ts";
import { isSpokenFor } from "./spoken-slots.ts";
import { fill } from "./words.ts";

/**
 * Attributes: `download` (an id), else `slot-name` (default "default"). Slots: `idle`, shown while there is no download.
 */
export class CarryoutProgress extends DownloadsElement {
  static override properties: PropertyDeclarations = {
    download: {},
    slotName: { attribute: "slot-name" },
  };

  declare download: string | null;
  declare slotName: string;

  constructor() {
    super();
    this.download = null;
    this.slotName = "default";
  }

  protected override get identity(): readonly string[] {
    return ["src", "download", "slotName"];
  }

  protected override shown(): readonly DownloadView[] {
    const { store, download: id } = this;
    const slot = store.slot(this.slotName).download;
    const view = id ? store.state.downloads.find((one) => one.id === id) : slot;
    return view ? [view] : [];
  }

  protected override isSilentAbout(slot: string): boolean {
    return isSpokenFor(this.store, slot);
  }

  protected override focusTarget(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".co-inline");
  }

  protected override render(): TemplateResult {
    const [view] = this.shown();
    return html`${this.liveRegions()}${view ? this.#line(view) : html`<slot name="idle"></slot>`}`;
  }

  #line(view: DownloadView): TemplateResult {
    return html`<div class=${`co-inline co-${view.state}`} part=${`progress ${view.state}`} tabindex="-1">${
      isUnfinished(view) ? this.#running(view) : view.file ? this.#ready(view) : this.#failed(view)
    }</div>`;
  }

  #running(view: DownloadView): TemplateResult {
    const { language } = this;
    const { detail, percent, facts: known } = describe(view, language);
    const { words } = language;
    return html`${bar(view.state === "processing" ? view.percent : null, nameOf(view, language), words)}
      ${percent ? html`<span class="co-percent" part="percent" aria-hidden="true">${percent}</span>` : nothing}
      ${facts([this.connectionNote ?? known[0] ?? detail])}`;
  }

  #ready(view: DownloadView): TemplateResult {
    const { words, locale } = this.language;
    const { url, name } = view.file!;
    return html`<a class="co-link" part="link" href=${url} download=${name} aria-label=${fill(words.linkTo, { name })}
      @click=${() => this.actionsFor(view).fetched()}>${markup(downloadIcon)}${own(name)}</a>
      ${facts([sizeOf(view, locale)])}`;
  }

  #failed(view: DownloadView): TemplateResult {
    const { words } = this.language;
    const { retry } = this.actionsFor(view);
    return html`<span class="co-reason" part="line">${markup(errorIcon)}<span>${own(describe(view, this.language).line || words.failed)}</span></span>
      ${
        retry
          ? html`<button type="button" class="co-plain" part="retry" @click=${retry}>${own(words.retry)}</button>`
          : nothing
      }`;
  }
}
