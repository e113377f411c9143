/** @module `<carryout-export kind="cities">`: a form for an export, and the progress of its file in its place. */

import type { DownloadView } from "../client/download-view.ts";
import { fetchExports, type PublicExport } from "../client/exports-api.ts";
import { browserSettings, wholeNumber } from "../client/format.ts";
import { pageSession } from "../client/page-downloads.ts";
import type { Problem } from "../client/problem.ts";
import { isUnfinished } from "../client/public-download.ts";
import { html, markup, nothing, type TemplateResult } from "./dom/template.ts";
import type { Changes, PropertyDeclarations } from "./dom/updating-element.ts";
import type { Chosen, ExportForm } from "./export-form.ts";
import { downloadIcon } from "./icons.ts";
import { readJson, Unreadable } from "./json-attribute.ts";
import { own, type PanelActions } from "./panel.ts";
import { SlotElement } from "./slot-element.ts";
import { addEnglish } from "./words/languages.ts";
import { fill, type Words } from "./words.ts";

type Kit = typeof import("./export-kit.ts");

/** There before the first update of a form. */
let kit: Kit;

/** Fails if it can't be loaded: then the form stays the one that the server rendered, which works without a script. */
async function loadKit(): Promise<void> {
  if (kit) return;
  kit = await import("./export-kit.ts");
  addEnglish(kit.formEnglish);
}

/** A form, and the HTML of its controls with the initial choices: later choices are in the document. */
interface Offer {
  form: ExportForm;
  controls: string;
}

/**
 * Attributes: `kind` (of the export), `export` (JSON of `PublicExport`; without it the element asks the API), `format`
 * (the name of the initial one), `values` (JSON: initial parameters), `slot-name`,
 * `label`, `choices` (a JSON list of `Choice`).
 */
export class CarryoutExport extends SlotElement {
  static override properties: PropertyDeclarations = {
    export: { type: readJson },
    format: {},
    values: { type: readJson },
  };

  declare export: PublicExport | Unreadable | null;
  declare format: string | null;
  declare values: Record<string, unknown> | Unreadable | null;

  #fetched: PublicExport | null = null;
  #asked: string | null = null;
  #failure: Problem | null = null;
  #offer: Offer | null = null;
  #chosen: Chosen = new Map();
  /** Those that the controls were made with. */
  #words: Words | null = null;
  /** The finished download beside which the form is open. */
  #besides: string | null = null;
  /** Fields that were changed since the last refusal. */
  #corrected = new Set<string>();

  constructor() {
    super();
    this.export = null;
    this.format = null;
    this.values = null;
  }

  /** Has the same effect as a click on the form's button; none while there is no form. */
  async start(): Promise<void> {
    const { slotName: slot } = this;
    const form = this.#offer?.form;
    if (!form) return;
    this.#read();
    const chosen = this.#chosen;
    this.#besides = null;
    this.#corrected.clear();
    kit.rememberChosen(this.#memoryId, kit.differences(form.first, chosen), form.given);
    await this.store.start({ ...kit.requestFor(form, chosen, browserSettings()), slot });
    if (!this.store.slot(slot).problem) return;
    this.sayRefusal();
    await this.updateComplete;
    this.#controls.find((control) => control.getAttribute("aria-invalid") === "true")?.focus();
  }

  protected override makes(kind: string): boolean {
    const { formats } = this.#known ?? { formats: null };
    return formats ? formats.some((format) => format.kind === kind) : kind.startsWith(`${this.kind}.`);
  }

  /** Never: the form can make any request of its kinds. */
  protected override isOther(): boolean {
    return false;
  }

  protected override shown(): readonly DownloadView[] {
    const { download } = this.store.slot(this.slotName);
    return download && (isUnfinished(download) || this.makes(download.kind)) ? [download] : [];
  }

  protected override focusTarget(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".co-panel, .co-start, .co-retry");
  }

  /** Until then the form that the server rendered is shown. */
  protected override async beforeUpdate(): Promise<void> {
    await Promise.all([loadKit(), super.beforeUpdate()]);
  }

  protected override willUpdate(changed: Changes): void {
    super.willUpdate(changed);
    if (changed.has("kind") || changed.has("src")) {
      this.#fetched = null;
      this.#failure = null;
      this.#asked = null;
    }
    if (this.isConnected && this.#known === null) this.#ask();
    const names = ["kind", "src", "export", "format", "values", "choices", "words"];
    const isStale = this.#words !== this.language.words || names.some((name) => changed.has(name));
    if (this.#offer === null || isStale) this.#begin(changed);
  }

  /** The export from the page or from the API. */
  get #known(): PublicExport | null {
    const given = this.export;
    return given && !(given instanceof Unreadable) && Array.isArray(given.formats) ? given : this.#fetched;
  }

  get #memoryId(): string {
    return JSON.stringify([pageSession(), this.src, this.kind]);
  }

  /** Fetches the export from the API, once. */
  #ask(): void {
    const { src, kind } = this;
    if (kind === "" || this.#asked === src) return;
    this.#asked = src;
    void fetchExports(src).then((answer) => {
      if (this.src !== src || this.kind !== kind) return;
      if ("problem" in answer) this.#failure = answer.problem;
      else {
        this.#fetched = answer.exports.find((one) => one.kind === kind) ?? null;
        if (!this.#fetched) {
          const kinds = answer.exports.map((one) => one.kind).join(", ");
          console.error(`carryout: unknown export "${kind}" (available: ${kinds || "none"})`, this);
          this.#failure = { code: "unknown-kind", message: "", retriable: false };
        }
      }
      this.requestUpdate();
    });
  }

  /** Makes the form, with the last choice where the page has none. Changes that the user makes meanwhile stay. */
  #begin(changed: Changes): void {
    const before = changed.has("kind") || changed.has("src") ? null : this.#offer;
    const offer = this.#known;
    if (!offer) {
      this.#offer = null;
      return;
    }
    const { words } = this.language;
    this.#words = words;
    const values = this.values instanceof Unreadable ? null : this.values;
    const form = kit.exportForm({ export: offer, format: this.format, values, choices: this.validChoices });
    const isGivenAnew = changed.has("values") || changed.has("format");
    const isFree = ([name]: [string, unknown]) => !form.given.has(name);
    const last = [...kit.lastChosen(this.#memoryId)].filter(isFree);
    const own = before
      ? [...kit.differences(before.form.first, this.#chosen)].filter((one) => !isGivenAnew || isFree(one))
      : [...this.#chosenEarly(form)];
    this.#chosen = kit.combined(form, new Map(last), new Map(own));
    this.#offer = {
      form,
      controls: kit.controlsHtml(form, this.#chosen, { words, id: "co", scripted: true }),
    };
  }

  /** The choices made in the server's form before this script was loaded. */
  #chosenEarly(form: ExportForm): Chosen {
    const rendered = this.hasUpdated ? null : this.querySelector<HTMLFormElement>("form.co-form");
    return rendered ? kit.differences(form.first, kit.chosenIn(form, new FormData(rendered))) : new Map();
  }

  get #form(): HTMLFormElement | null {
    return this.renderRoot.querySelector("form");
  }

  get #controls(): HTMLElement[] {
    return [...(this.#form?.querySelectorAll<HTMLElement>("input:not([type=hidden]), select") ?? [])];
  }

  #read(): void {
    const form = this.#form;
    if (form && this.#offer) this.#chosen = kit.chosenIn(this.#offer.form, new FormData(form));
  }

  protected override render(): TemplateResult {
    const { starting, problem } = this.store.slot(this.slotName);
    const download = this.shown()[0] ?? null;
    const isOver = download !== null && !isUnfinished(download);
    const isOpen =
      !starting &&
      (download === null ||
        (isOver && (problem !== null || download.fetched || this.#besides === download.id)));
    return html`${this.liveRegions()}
      ${starting ? this.startingPanel(starting.kind) : download ? this.panelOf(download) : nothing}
      ${this.previousTo(starting ? null : download)}
      ${problem && !isOpen && !starting && this.#offer ? this.#refused(this.#offer.form, problem) : nothing}
      ${this.#offer ? this.#formOf(this.#offer, isOpen, problem) : isOpen ? this.#formless() : nothing}`;
  }

  /** Shows the form beside a finished file. */
  protected override againFor({ id, fetched }: DownloadView): PanelActions["again"] {
    if (fetched || this.#besides === id) return null;
    const start = async () => {
      this.#besides = id;
      this.requestUpdate();
      await this.updateComplete;
      this.#controls.find((control) => control.matches(":checked, :not([type=radio])"))?.focus();
    };
    return { label: this.language.words.again, start: () => void start() };
  }

  protected override get exports(): readonly PublicExport[] {
    const known = this.#known;
    return known ? [known] : [];
  }

  protected override get titles(): Readonly<Record<string, string>> {
    const fields = this.#offer?.form.fields ?? [];
    const titles = Object.fromEntries(fields.map(({ name, label }) => [name, label]));
    return { columns: this.language.words.columns, ...titles };
  }

  /** It stays in the document while it is hidden, and so do its choices. */
  #formOf({ form, controls }: Offer, isOpen: boolean, problem: Problem | null): TemplateResult {
    const { words } = this.language;
    const chosen = form.choices.find(({ kind }) => kind === this.#chosen.get(kit.KIND)?.[0]);
    const submit = (event: Event) => {
      event.preventDefault();
      void this.start();
    };
    return html`<form class="co-form" part="form" method="post" ?hidden=${!isOpen}
      @submit=${submit} @input=${this.#changed} @change=${this.#changed} @click=${this.#clicked}>
      ${problem ? this.#refused(form, problem) : nothing}
      ${markup(controls)}
      <button class="co-start" part="button">${markup(downloadIcon)}${own(this.label ?? fill(words.button, { format: chosen?.name ?? "" }))}</button>
      ${chosen?.note ? html`<p class="co-note" part="note">${own(chosen.note)}</p>` : nothing}
    </form>`;
  }

  /** The sentence above the form: the server's, unless it only repeats messages shown at the fields. */
  #refused(form: ExportForm, problem: Problem): TemplateResult {
    const { words } = this.language;
    const isAtFields = problem.errors !== undefined && !kit.mistakesIn(form, problem.errors).others;
    return html`<p class="co-refused" part="refused"><strong>${own(`${words.refused}.`)}</strong>
      ${own(isAtFields ? words.mistakes : this.reasonOf(problem))}</p>`;
  }

  /** While the form is fetched, or when it can't be. */
  #formless(): TemplateResult {
    const { words } = this.language;
    const failure = this.#failure;
    const retry = () => {
      this.#failure = null;
      this.#asked = null;
      this.requestUpdate();
    };
    return html`<div class="co-formless" aria-busy=${failure === null}>
      <p class="co-note" part="note">${own(failure ? words.noForm : words.loading)}</p>
      ${
        failure?.retriable
          ? html`<button type="button" class="co-quiet co-retry" part="retry" @click=${retry}>${own(words.retry)}</button>`
          : nothing
      }
    </div>`;
  }

  readonly #changed = (event: Event) => {
    const { name } = event.target as HTMLInputElement;
    this.#corrected.add(name);
    this.#read();
    this.requestUpdate();
  };

  /** All or none of the columns. */
  readonly #clicked = (event: Event) => {
    const which = (event.target as HTMLElement).closest<HTMLElement>("[data-check]")?.dataset.check;
    if (which === undefined) return;
    for (const control of this.#controls as HTMLInputElement[]) {
      if (control.name === kit.COLUMNS) control.checked = which === "all";
    }
    this.#corrected.add(kit.COLUMNS);
    this.#read();
    this.requestUpdate();
  };

  protected override updated(changed: Changes): void {
    super.updated(changed);
    this.#mark();
    const form = this.#form;
    const focused = this.shadowRoot?.activeElement;
    // Browsers remove the focus from hidden elements, but later.
    if (form?.hidden && focused && form.contains(focused)) this.focusTarget()?.focus();
  }

  #mark(): void {
    const root = this.#form;
    const form = this.#offer?.form;
    if (!root || !form) return;
    const { words, locale } = this.language;
    const count = wholeNumber(this.#chosen.get(kit.COLUMNS)?.length ?? 0, locale);
    const total = wholeNumber(form.export.columns.length, locale);
    kit.markCount(root, fill(words.columnCount, { count, total }));
    const { byField } = kit.mistakesIn(form, this.store.slot(this.slotName).problem?.errors ?? []);
    kit.markMistakes(root, (name) => {
      const message = this.#corrected.has(name) ? undefined : byField.get(name);
      if (message === undefined) return undefined;
      const field = form.fields.find((one) => kit.fieldName(one.name) === name);
      return kit.mistakeText(field, this.#chosen.get(name) ?? [], message, words, locale);
    });
  }
}
