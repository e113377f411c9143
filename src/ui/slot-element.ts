/** @module The common base of the elements that request a file in a slot, and show what runs there. */

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import type { Choice } from "./choice.ts";
import { problemText } from "./describe.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { jsonConverter } from "./json-attribute.ts";
import { own, panel, startingPanel } from "./panel.ts";
import { speakFor } from "./spoken-slots.ts";
import { fill } from "./words.ts";

/** Attributes: `kind`, `slot-name` (default "default"), `label`, `choices` (a JSON list of `Choice`). */
export abstract class SlotElement extends DownloadsElement {
  static override properties: PropertyDeclarations = {
    kind: { type: String, reflect: true },
    slotName: { type: String, attribute: "slot-name", reflect: true },
    label: { type: String, reflect: true },
    choices: { converter: jsonConverter },
  };

  declare kind: string;
  declare slotName: string;
  declare label: string | null;
  declare choices: Choice[];

  constructor() {
    super();
    this.kind = "";
    this.slotName = "default";
    this.label = null;
    this.choices = [];
  }

  protected override enter(): (() => void)[] {
    return [...super.enter(), speakFor(this.store, this.slotName)];
  }

  protected override get identity(): readonly string[] {
    return ["src", "slotName"];
  }

  /** Whether a download of this kind may be requested by this element. */
  protected abstract makes(kind: string): boolean;

  /** Whether a running download was requested with something else than this element would request. */
  protected abstract isOther(download: DownloadView): boolean;

  /** The valid choices. */
  protected get validChoices(): readonly Choice[] {
    return Array.isArray(this.choices)
      ? this.choices.filter((choice) => typeof choice?.kind === "string")
      : [];
  }

  /** Tells why the slot's last request was refused, if it was. */
  protected sayRefusal(): void {
    const { problem } = this.store.slot(this.slotName);
    if (!problem) return;
    const { words } = this.language;
    this.say(`${words.refused}. ${problemText(problem, words)}`, true);
  }

  /** Shown before the server has answered. */
  protected startingPanel(): TemplateResult {
    return startingPanel(this.language.words);
  }

  protected panelOf(download: DownloadView): TemplateResult {
    const note = isUnfinished(download) ? this.connectionNote : null;
    const other = isUnfinished(download) ? this.#otherNote(download) : null;
    return html`${panel(download, this.language, this.actionsFor(download), note)}
      ${other ? html`<p class="co-note" part="note">${own(other)}</p>` : nothing}`;
  }

  /** Why the button is hidden while something else runs in its slot. */
  #otherNote(download: DownloadView): string | null {
    const { words } = this.language;
    if (!this.makes(download.kind)) return fill(words.otherKind, { kind: download.kind });
    return this.isOther(download) ? words.otherRequest : null;
  }
}
