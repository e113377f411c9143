/** @module The common base of the elements that request a file in a slot, and show what runs there. */

import type { DownloadView } from "../client/download-view.ts";
import type { Problem } from "../client/problem.ts";
import { isUnfinished } from "../client/public-download.ts";
import type { Choice } from "./choice.ts";
import { nameOf } from "./describe.ts";
import { html, nothing, type TemplateResult } from "./dom/template.ts";
import type { PropertyDeclarations } from "./dom/updating-element.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { problemText } from "./failures.ts";
import { readJson } from "./json-attribute.ts";
import { own, type PanelActions, panel, previousFile, startingPanel } from "./panel.ts";
import { speakFor } from "./spoken-slots.ts";
import { fill } from "./words.ts";

/** Attributes: `kind`, `slot-name` (default "default"), `label`, `choices` (a JSON list of `Choice`). */
export abstract class SlotElement extends DownloadsElement {
  static override properties: PropertyDeclarations = {
    kind: { reflect: true },
    slotName: { attribute: "slot-name", reflect: true },
    label: { reflect: true },
    choices: { type: readJson },
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

  /** The button for another file beside this finished one; null for none. */
  protected abstract againFor(download: DownloadView): PanelActions["again"];

  /** The names of parameters, as users know them. */
  protected get titles(): Readonly<Record<string, string>> {
    return {};
  }

  /** The valid choices. */
  protected get validChoices(): readonly Choice[] {
    return Array.isArray(this.choices)
      ? this.choices.filter((choice) => typeof choice?.kind === "string")
      : [];
  }

  protected reasonOf(problem: Problem): string {
    const { words, locale } = this.language;
    return problemText(problem, words, locale, this.titles);
  }

  /** Tells why the slot's last request was refused, if it was. What only developers understand is for the console. */
  protected sayRefusal(): void {
    const { problem } = this.store.slot(this.slotName);
    if (!problem) return;
    const reason = this.reasonOf(problem);
    if (reason !== problem.message) console.warn(`carryout: ${problem.code}: ${problem.message}`, this);
    this.say(`${this.language.words.refused}. ${reason}`, true);
  }

  protected override actionsFor(view: DownloadView): PanelActions {
    return { ...super.actionsFor(view), again: this.againFor(view) };
  }

  /** Shown before the server has answered. */
  protected startingPanel(kind: string): TemplateResult {
    return startingPanel(kind, this.language);
  }

  protected panelOf(download: DownloadView): TemplateResult {
    const note = isUnfinished(download) ? this.connectionNote : null;
    const other = isUnfinished(download) ? this.#otherNote(download) : null;
    return html`${panel(download, this.language, this.actionsFor(download), note)}
      ${other ? html`<p class="co-note" part="note">${own(other)}</p>` : nothing}`;
  }

  /** A link to the last file, while `current` is another one or none: a new request takes nothing away. */
  protected previousTo(current: DownloadView | null): TemplateResult | typeof nothing {
    const last = this.store.state.downloads.find(
      (view) => view.slot === this.slotName && view.file && this.makes(view.kind),
    );
    const isShown = last && last !== current && (!current || isUnfinished(current));
    return isShown ? previousFile(last, this.language, this.actionsFor(last)) : nothing;
  }

  /** Why the button is hidden while something else runs in its slot. */
  #otherNote(download: DownloadView): string | null {
    const { words } = this.language;
    if (!this.makes(download.kind)) {
      return fill(words.otherKind, { name: nameOf(download, this.language) });
    }
    return this.isOther(download) ? words.otherRequest : null;
  }
}
