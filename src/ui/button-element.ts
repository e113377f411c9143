/** @module `<carryout-button kind="cities.pdf">`: asks for a file, shows how far it is, and hands it over. */

import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { DownloadView } from "../client/download-view.ts";
import type { Problem } from "../client/downloads-api.ts";
import { isUnfinished } from "../client/public-download.ts";
import type { Choice } from "./choice.ts";
import { DownloadsElement } from "./downloads-element.ts";
import { downloadIcon, errorIcon } from "./icons.ts";
import { panel } from "./panel.ts";
import { speakFor } from "./spoken-slots.ts";
import { fill, formatOf } from "./words.ts";

/**
 * Attributes: `kind`, `params` (JSON), `slot-name` (default "default"), `label`, `choices` (a JSON list of
 * `Choice`); all are properties too (`slotName`). Parts: `button panel title line percent bar fill facts link
 * cancel dismiss retry notify choices note`.
 */
export class CarryoutButton extends DownloadsElement {
  static override properties: PropertyDeclarations = {
    kind: { type: String, reflect: true },
    params: { type: Object },
    slotName: { type: String, attribute: "slot-name", reflect: true },
    label: { type: String, reflect: true },
    choices: { type: Array },
  };

  declare kind: string;
  declare params: unknown;
  declare slotName: string;
  declare label: string | null;
  declare choices: Choice[];

  #silence = () => {};

  constructor() {
    super();
    this.kind = "";
    this.params = undefined;
    this.slotName = "default";
    this.label = null;
    this.choices = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#silence = speakFor(this.store, this.slotName);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#silence();
  }

  /** What a click on the button does. */
  async start(): Promise<void> {
    const { kind, params, slotName: slot } = this;
    await this.store.start({ kind, slot, ...(params !== undefined && params !== null && { params }) });
    const { problem } = this.store.slot(slot);
    if (problem) this.say(`${this.language.words.refused}. ${problem.message}`, true);
  }

  protected override shown(): readonly DownloadView[] {
    const { download } = this.store.slot(this.slotName);
    // A finished file of another kind belongs to another button.
    return download && (isUnfinished(download) || this.#makes(download.kind)) ? [download] : [];
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

  /** Not while one runs; next to a ready file once it was fetched; never next to a failure, which has its Retry. */
  #isOffered(download: DownloadView | null, busy: boolean): boolean {
    if (busy) return false;
    return download === null || (download.state === "ready" && download.fetched);
  }

  #offer(): TemplateResult {
    const { words } = this.language;
    const chosen = this.choices.find((choice) => choice.kind === this.kind);
    const label = this.label ?? fill(words.button, { format: chosen?.name ?? formatOf(this.kind) });
    return html`${this.choices.length > 1 ? this.#choice() : nothing}
      <button type="button" class="co-start" part="button" @click=${() => this.start()}>
        ${unsafeHTML(downloadIcon)}<span>${label}</span>
      </button>
      ${chosen?.note ? html`<p class="co-note" part="note">${chosen.note}</p>` : nothing}`;
  }

  #choice(): TemplateResult {
    return html`<fieldset class="co-choices" part="choices">
      <legend>${this.language.words.choice}</legend>
      ${this.choices.map(
        ({ kind, name }) => html`<label class="co-choice">
          <input type="radio" name="kind" .value=${kind} .checked=${kind === this.kind}
            @change=${() => {
              this.kind = kind;
            }} />
          <span class="co-choice-name">${name}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  #panel(download: DownloadView): TemplateResult {
    const { language } = this;
    const actions = this.actionsFor(download);
    const retriable = download.error?.retriable !== false;
    if (!actions.retry && retriable && this.#makes(download.kind)) actions.retry = () => void this.start();
    const other = isUnfinished(download) && !this.#makes(download.kind);
    return html`${panel(download, language, actions, isUnfinished(download) ? this.connectionNote : null)}
      ${other ? html`<p class="co-note" part="note">${fill(language.words.otherKind, { kind: download.kind })}</p>` : nothing}`;
  }

  #makes(kind: string): boolean {
    return kind === this.kind || this.choices.some((choice) => choice.kind === kind);
  }

  /** The same panel, before the server has answered. */
  #starting(): TemplateResult {
    const { words } = this.language;
    return html`<section class="co-panel co-pending" part="panel pending" tabindex="-1" aria-labelledby="title" aria-busy="true">
      <h3 class="co-title" part="title" id="title"><span>${words.title}</span></h3>
      <div class="co-row"><p class="co-line" part="line">${words.starting}</p></div>
      <div class="co-bar co-unknown" part="bar" role="progressbar" aria-label=${words.progress}
        aria-valuemin="0" aria-valuemax="100"><div class="co-fill" part="fill"></div></div>
      <p class="co-facts" part="facts"></p>
    </section>`;
  }

  #refused(problem: Problem): TemplateResult {
    const { words } = this.language;
    const dismiss = () => this.store.dismissProblem(this.slotName);
    return html`<section class="co-panel co-error" part="panel error" tabindex="-1" aria-labelledby="title">
      <h3 class="co-title" part="title" id="title">${unsafeHTML(errorIcon)}<span>${words.refused}</span></h3>
      <p class="co-line" part="line">${problem.message}</p>
      <div class="co-actions">
        ${
          problem.retriable
            ? html`<button type="button" class="co-quiet" part="retry" @click=${() => this.start()}>${words.retry}</button>`
            : nothing
        }
        <button type="button" class="co-quiet" part="dismiss" @click=${dismiss}>${words.dismiss}</button>
      </div>
    </section>`;
  }
}
