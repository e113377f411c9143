/** @module `<carryout-button kind="cities.pdf">`: requests a file, shows its progress, and offers it. */

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { DownloadView } from "../client/download-view.ts";
import type { Problem } from "../client/problem.ts";
import { isUnfinished } from "../client/public-download.ts";
import type { Choice } from "./choice.ts";
import { problemText } from "./describe.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { downloadIcon, errorIcon } from "./icons.ts";
import { jsonConverter, Unreadable } from "./json-attribute.ts";
import { own, panel } from "./panel.ts";
import { speakFor } from "./spoken-slots.ts";
import { fill, formatOf } from "./words.ts";

/** The buttons on the page. */
const buttons = new Set<CarryoutButton>();

/**
 * Attributes: `kind`, `params` (JSON), `slot-name` (default "default"), `label`, `choices` (a JSON list of
 * `Choice`); all are properties too (`slotName`). Parts: `button panel title line percent bar fill facts link
 * cancel dismiss retry notify choices note`.
 */
export class CarryoutButton extends DownloadsElement {
  static override properties: PropertyDeclarations = {
    kind: { type: String, reflect: true },
    params: { converter: jsonConverter },
    slotName: { type: String, attribute: "slot-name", reflect: true },
    label: { type: String, reflect: true },
    choices: { converter: jsonConverter },
  };

  declare kind: string;
  declare params: unknown;
  declare slotName: string;
  declare label: string | null;
  declare choices: Choice[];

  constructor() {
    super();
    this.kind = "";
    this.params = undefined;
    this.slotName = "default";
    this.label = null;
    this.choices = [];
  }

  protected override enter(): (() => void)[] {
    buttons.add(this);
    return [
      ...super.enter(),
      speakFor(this.store, this.slotName),
      () => {
        buttons.delete(this);
      },
    ];
  }

  protected override get identity(): readonly string[] {
    return ["src", "slotName"];
  }

  /** Starts the request, as a click does. Does nothing while `params` is unreadable: the request would be wrong. */
  async start(): Promise<void> {
    if (!this.#isUsable) return;
    const { slotName: slot } = this;
    await this.store.start({ ...this.#ask(), slot });
    const { problem } = this.store.slot(slot);
    if (!problem) return;
    const { words } = this.language;
    this.say(`${words.refused}. ${problemText(problem, words)}`, true);
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
    return this.#makes(kind) && this.store.isAnswerTo(id, this.#ask(kind));
  }

  protected override shown(): readonly DownloadView[] {
    const { download } = this.store.slot(this.slotName);
    if (!download) return [];
    // A running download occupies its slot; a finished one may belong to another button.
    return isUnfinished(download) || (this.#makes(download.kind) && !this.#isAnothers(download))
      ? [download]
      : [];
  }

  #isAnothers(download: DownloadView): boolean {
    if (this.#isOwn(download) !== false) return false;
    return [...buttons].some((button) => button.slotName === this.slotName && button.#isOwn(download));
  }

  /** The valid choices. */
  get #choices(): readonly Choice[] {
    return Array.isArray(this.choices)
      ? this.choices.filter((choice) => typeof choice?.kind === "string")
      : [];
  }

  protected override focusTarget(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".co-panel, .co-start");
  }

  protected override render(): TemplateResult {
    const { starting, problem } = this.store.slot(this.slotName);
    const download = this.shown()[0] ?? null;
    return html`${this.liveRegions()}
      ${starting ? this.#starting() : problem ? this.#refused(problem) : download ? this.#panel(download) : nothing}
      ${this.#isOffered(download, starting !== null || problem !== null) ? this.#offer() : nothing}`;
  }

  /**
   * Hidden while one runs; shown next to a finished one that may not be the one this button requests, and next to its
   * own file once that was fetched; never next to its own failure, which has a Retry button.
   */
  #isOffered(download: DownloadView | null, busy: boolean): boolean {
    if (busy) return false;
    if (download === null) return true;
    if (isUnfinished(download)) return false;
    return this.#isOwn(download) !== true || (download.state === "ready" && download.fetched);
  }

  #offer(): TemplateResult {
    const { words } = this.language;
    const chosen = this.#choices.find((choice) => choice.kind === this.kind);
    const label = this.label ?? fill(words.button, { format: chosen?.name ?? formatOf(this.kind) });
    const note = this.#isUsable ? chosen?.note : words.unusable;
    return html`${this.#choices.length > 1 ? this.#choice() : nothing}
      <button type="button" class="co-start" part="button" ?disabled=${!this.#isUsable} @click=${() => this.start()}>
        ${unsafeHTML(downloadIcon)}${own(label)}
      </button>
      ${note ? html`<p class="co-note" part="note">${own(note)}</p>` : nothing}`;
  }

  #choice(): TemplateResult {
    return html`<fieldset class="co-choices" part="choices">
      <legend>${this.language.words.choice}</legend>
      ${this.#choices.map(
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

  #panel(download: DownloadView): TemplateResult {
    const { language } = this;
    const note = isUnfinished(download) ? this.connectionNote : null;
    const other = isUnfinished(download) ? this.#otherNote(download) : null;
    return html`${panel(download, language, this.actionsFor(download), note)}
      ${other ? html`<p class="co-note" part="note">${own(other)}</p>` : nothing}`;
  }

  /** Why the button is hidden while something else runs in its slot. */
  #otherNote(download: DownloadView): string | null {
    const { words } = this.language;
    if (!this.#makes(download.kind)) return fill(words.otherKind, { kind: download.kind });
    return this.#isOwn(download) === false ? words.otherRequest : null;
  }

  #makes(kind: string): boolean {
    return kind === this.kind || this.#choices.some((choice) => choice.kind === kind);
  }

  /** The same panel, before the server has answered. */
  #starting(): TemplateResult {
    const { words } = this.language;
    return html`<section class="co-panel co-pending" part="panel pending" tabindex="-1" aria-labelledby="title" aria-busy="true">
      <h3 class="co-title" part="title" id="title">${own(words.title)}</h3>
      <div class="co-row"><p class="co-line" part="line">${own(words.starting)}</p></div>
      <div class="co-bar co-unknown" part="bar" role="progressbar" aria-label=${words.progress}
        aria-valuemin="0" aria-valuemax="100"><div class="co-fill" part="fill"></div></div>
      <p class="co-facts" part="facts"></p>
    </section>`;
  }

  #refused(problem: Problem): TemplateResult {
    const { words } = this.language;
    const dismiss = () => this.store.dismissProblem(this.slotName);
    return html`<section class="co-panel co-error" part="panel error" tabindex="-1" aria-labelledby="title">
      <h3 class="co-title" part="title" id="title">${unsafeHTML(errorIcon)}${own(words.refused)}</h3>
      <p class="co-line" part="line">${own(problemText(problem, words))}</p>
      <div class="co-actions">
        ${
          problem.retriable
            ? html`<button type="button" class="co-quiet" part="retry" @click=${() => this.start()}>${own(words.retry)}</button>`
            : nothing
        }
        <button type="button" class="co-quiet" part="dismiss" @click=${dismiss}>${own(words.dismiss)}</button>
      </div>
    </section>`;
  }
}
