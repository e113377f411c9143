/** @module `<carryout-button kind="cities.pdf">`: requests a file, shows its progress, and offers it. */

import type { DownloadView } from "../client/download-view.ts";
import type { Problem } from "../client/problem.ts";
import { isUnfinished } from "../client/public-download.ts";
import { nameOf } from "./describe.ts";
import { html, markup, nothing, type TemplateResult } from "./dom/template.ts";
import type { PropertyDeclarations } from "./dom/updating-element.ts";
import { downloadIcon } from "./icons.ts";
import { readJson, Unreadable } from "./json-attribute.ts";
import { own, type PanelActions, refusedPanel } from "./panel.ts";
import { SlotElement } from "./slot-element.ts";
import { fill, formatOf } from "./words.ts";

/** The buttons on the page. */
const buttons = new Set<CarryoutButton>();

/**
 * Attributes: `kind`, `params` (JSON), `slot-name` (default "default"), `label`, `choices` (a JSON list of
 * `Choice`); all are properties too (`slotName`). Slots: `icon`, `label`.
 */
export class CarryoutButton extends SlotElement {
  static override properties: PropertyDeclarations = {
    params: { type: readJson },
  };

  declare params: unknown;

  /** The finished download beside which the choice is open for another one. */
  #besides: string | null = null;

  constructor() {
    super();
    this.params = undefined;
  }

  protected override enter(): (() => void)[] {
    buttons.add(this);
    return [
      ...super.enter(),
      () => {
        buttons.delete(this);
      },
    ];
  }

  /** Starts the request, as a click does. Does nothing while `params` is unreadable: the request would be wrong. */
  async start(): Promise<void> {
    if (!this.#isUsable) return;
    const { slotName: slot } = this;
    this.#besides = null;
    await this.store.start({ ...this.#ask(), slot });
    this.sayRefusal();
  }

  get #isUsable(): boolean {
    return this.kind !== "" && !(this.params instanceof Unreadable);
  }

  #ask(kind = this.kind): { kind: string; params?: unknown } {
    const { params } = this;
    return { kind, ...(params !== undefined && params !== null && { params }) };
  }

  /** Whether the download is the one this button requests; null when it was requested elsewhere. */
  #isOwn({ id, kind }: DownloadView): boolean | null {
    return this.makes(kind) && this.store.isAnswerTo(id, this.#ask(kind));
  }

  protected override shown(): readonly DownloadView[] {
    const { download } = this.store.slot(this.slotName);
    if (!download) return [];
    // A running download occupies its slot; a finished one may belong to another button.
    return isUnfinished(download) || (this.makes(download.kind) && !this.#isAnothers(download))
      ? [download]
      : [];
  }

  protected override makes(kind: string): boolean {
    return kind === this.kind || this.validChoices.some((choice) => choice.kind === kind);
  }

  protected override isOther(download: DownloadView): boolean {
    return this.#isOwn(download) === false;
  }

  #isAnothers(download: DownloadView): boolean {
    if (this.#isOwn(download) !== false) return false;
    return [...buttons].some((button) => button.slotName === this.slotName && button.#isOwn(download));
  }

  protected override focusTarget(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".co-panel, button.co-start");
  }

  /** Beside a file that was requested with something else, the button itself is there. */
  protected override againFor(download: DownloadView): PanelActions["again"] {
    if (download.state !== "ready" || this.#isOffered(download)) return null;
    const choose = async () => {
      this.#besides = download.id;
      this.requestUpdate();
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>("input:checked")?.focus();
    };
    const start = this.validChoices.length > 1 ? choose : () => this.start();
    return { label: this.language.words.newFile, start: () => void start() };
  }

  protected override render(): TemplateResult {
    const { starting, problem } = this.store.slot(this.slotName);
    const download = this.shown()[0] ?? null;
    const isBusy = starting !== null || problem !== null;
    return html`${this.liveRegions()}
      ${starting ? this.startingPanel(starting.kind) : problem ? this.#refused(problem) : download ? this.panelOf(download) : nothing}
      ${this.previousTo(isBusy ? null : download)}
      ${!isBusy && this.#isOffered(download) ? this.#offer() : nothing}`;
  }

  /** Hidden while one runs; shown next to a finished one that this button did not request. */
  #isOffered(download: DownloadView | null): boolean {
    if (download === null) return true;
    if (isUnfinished(download)) return false;
    const isOwn = this.#isOwn(download);
    return isOwn === false || (isOwn === null && download.state === "error") || this.#besides === download.id;
  }

  #offer(): TemplateResult {
    const { words } = this.language;
    const chosen = this.validChoices.find((choice) => choice.kind === this.kind);
    const label = this.label ?? fill(words.button, { format: chosen?.name ?? formatOf(this.kind, words) });
    const note = this.#isUsable ? chosen?.note : words.unusable;
    return html`${this.validChoices.length > 1 ? this.#choice() : nothing}
      <button type="button" class="co-start" part="button" ?disabled=${!this.#isUsable} @click=${() => this.start()}>
        <slot name="icon">${markup(downloadIcon)}</slot><slot name="label">${own(label)}</slot>
      </button>
      ${note ? html`<p class="co-note" part="note">${own(note)}</p>` : nothing}`;
  }

  #choice(): TemplateResult {
    return html`<fieldset class="co-choices" part="choices">
      <legend>${this.language.words.choice}</legend>
      ${this.validChoices.map(
        ({ kind, name }) => html`<label class="co-choice">
          <input type="radio" name="kind" .value=${kind} .checked=${kind === this.kind}
            @change=${() => {
              this.kind = kind;
            }} />
          <span class="co-choice-name">${own(name ?? kind)}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  #refused(problem: Problem): TemplateResult {
    const { language } = this;
    const name = this.label ?? nameOf({ kind: this.kind, file: null }, language);
    return refusedPanel(
      { name, reason: this.reasonOf(problem), words: language.words },
      {
        retry: problem.retriable ? () => void this.start() : null,
        dismiss: () => this.store.dismissProblem(this.slotName),
      },
    );
  }
}
