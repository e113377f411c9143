/** @module The common base of the elements: the live store, language, live regions and focus handling. */

import type { DownloadStore } from "../client/download-store.ts";
import type { DownloadView } from "../client/download-view.ts";
import { pageDownloads } from "../client/page-downloads.ts";
import type { PublicDownload } from "../client/public-download.ts";
import { ownBase } from "../client/script-base.ts";
import type { PublicExport } from "../wire/export.ts";
import { type Announcement, announcement, type Heard, heardOf } from "./announcements.ts";
import type { Language, Names } from "./describe.ts";
import { html, type TemplateResult } from "./dom/template.ts";
import { type Changes, type PropertyDeclarations, UpdatingElement } from "./dom/updating-element.ts";
import { complain, readJson, Unreadable } from "./json-attribute.ts";
import { keepTitle } from "./page-title.ts";
import type { PanelActions } from "./panel.ts";
import { ReadyNotifier } from "./ready-notifier.ts";
import { loadStyles, shadowStyles } from "./shadow-styles.ts";
import { Speech } from "./speech.ts";
import { loadWords } from "./words/languages.ts";
import type { Words } from "./words.ts";

/** What the server rendered: `initial='{"downloads":[…]}'`. */
export interface InitialState {
  downloads: PublicDownload[];
}

/** Ages ("5 min ago") are renewed this often. */
const AGING_MS = 30_000;

/**
 * Base of the elements. Attributes: `src` (where the API is; without it, beside the path that the
 * script was loaded from, usually "/downloads"), `initial` (a JSON `InitialState`),
 * `words` and `names` (JSON objects, or the properties), `lang`. Words for the whole page stand in
 * `<script type="application/json" id="carryout-words">`. Events, bubbling: `carryout-ready` and `carryout-error`
 * with the download as detail.
 */
export abstract class DownloadsElement extends UpdatingElement {
  static override properties: PropertyDeclarations = {
    src: {},
    initial: { type: readJson },
    words: { type: readJson },
    names: { type: readJson },
  };

  static override get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: asked about the class that is defined, not about the one above
    return [...super.observedAttributes, "lang"];
  }

  declare src: string;
  declare initial: InitialState | Unreadable | null;
  declare words: Partial<Words> | Unreadable | null;
  declare names: Names | Unreadable | null;

  readonly #speech = new Speech(this);
  #leave: (() => void)[] = [];
  #heard = new Map<string, Heard>();
  #said: Announcement = { text: "", urgent: false };
  #hadFocus = false;

  constructor() {
    super();
    this.src = `${ownBase()}/downloads`;
    this.initial = null;
    this.words = null;
    this.names = null;
  }

  protected get store(): DownloadStore {
    return pageDownloads(this.src).store;
  }

  /** Until its words and styles are there, what the server rendered stays visible. */
  protected override beforeUpdate(): Promise<unknown> | null {
    const [words, styles] = [loadWords(this.#speech.locale), loadStyles()];
    return words || styles ? Promise.all([words, styles]) : null;
  }

  protected override get styleSheets(): CSSStyleSheet[] {
    return shadowStyles();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Properties that were set before the upgrade are only available from the first update on: see `willUpdate`.
    if (this.hasUpdated) this.#enter();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#exit();
  }

  override attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    super.attributeChangedCallback(name, before, value);
    if (name === "lang") this.requestUpdate();
  }

  #enter(): void {
    this.#exit();
    this.#leave = this.enter();
    for (const view of this.shown()) this.#remember(view);
  }

  #exit(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
  }

  /** Follows the store until the returned functions are called. */
  protected enter(): (() => void)[] {
    const page = pageDownloads(this.src);
    const { initial } = this;
    if (initial && !(initial instanceof Unreadable) && Array.isArray(initial.downloads)) {
      page.store.seed(initial.downloads);
    }
    keepTitle(page.store, this.language);
    const unsubscribe = page.store.subscribe(() => {
      this.#listen();
      this.requestUpdate();
    });
    const aging = setInterval(() => document.hidden || this.requestUpdate(), AGING_MS);
    return [
      unsubscribe,
      page.use(),
      () => clearInterval(aging),
      this.#speech.watch(() => this.requestUpdate()),
    ];
  }

  /** The properties whose change requires starting over. */
  protected get identity(): readonly string[] {
    return ["src"];
  }

  /** The downloads that this element shows now. */
  protected abstract shown(): readonly DownloadView[];

  /** True if another element announces this slot. */
  protected isSilentAbout(_slot: string): boolean {
    return false;
  }

  /** Where focus goes when the control that had it is gone. */
  protected abstract focusTarget(): HTMLElement | null;

  /** The same object until something changes, or time passes. */
  protected get language(): Language {
    return this.#speech.language(this.words, this.names, this.exports);
  }

  /** What can be exported, as far as its names are needed. */
  protected get exports(): readonly PublicExport[] {
    return [];
  }

  protected get connectionNote(): string | null {
    const { words } = this.language;
    if (this.store.connection === "waiting") return words.reconnecting;
    return this.store.connection === "signed-out" ? words.signedOut : null;
  }

  protected actionsFor(view: DownloadView): PanelActions {
    const { store } = this;
    const notifier = ReadyNotifier.of(store);
    const canRetry = view.error?.retriable !== false;
    return {
      remove: () => void store.remove(view.id),
      // After the browser has followed the link, which the update would otherwise remove.
      fetched: () => void setTimeout(() => store.markFetched(view.id)),
      retry: canRetry ? () => void store.retry(view.id) : null,
      notify: notifier.available
        ? {
            wanted: notifier.wants(view.id),
            want: () => void notifier.want(view.id, this.language).then(() => this.requestUpdate()),
          }
        : null,
      again: null,
    };
  }

  /** Two permanent live regions: one that is inserted together with its text is not announced. */
  protected liveRegions(): TemplateResult {
    const { text, urgent } = this.#said;
    return html`
      <div class="co-heard" role="status" aria-atomic="true">${urgent ? "" : text}</div>
      <div class="co-heard" role="alert" aria-atomic="true">${urgent ? text : ""}</div>
    `;
  }

  protected say(text: string, urgent: boolean): void {
    this.#said = { text, urgent };
    this.requestUpdate();
  }

  #listen(): void {
    const shown = this.shown();
    const { language } = this;
    for (const view of shown) {
      const before = this.#heard.get(view.slot) ?? null;
      const news = announcement(before, view, language);
      if (news && !this.isSilentAbout(view.slot)) this.#said = news;
      this.#tell(before, view);
      this.#remember(view);
    }
    const slots = new Set(shown.map(({ slot }) => slot));
    for (const [slot, before] of this.#heard) {
      if (slots.has(slot)) continue;
      this.#heard.delete(slot);
      if (!this.isSilentAbout(slot)) this.#said = announcement(before, null, language) ?? this.#said;
    }
  }

  #remember(view: DownloadView): void {
    const heard = heardOf(view);
    if (heard) this.#heard.set(view.slot, heard);
  }

  #tell(before: Heard | null, view: DownloadView): void {
    const ended = view.state === "ready" || view.state === "error";
    if (!ended || (before?.id === view.id && before.phase === view.state)) return;
    this.dispatchEvent(
      new CustomEvent(`carryout-${view.state}`, { detail: view, bubbles: true, composed: true }),
    );
  }

  protected override willUpdate(changed: Changes): void {
    this.complainOfUnreadable(changed);
    const isOther = this.identity.some((name) => changed.has(name));
    if (this.isConnected && (!this.hasUpdated || isOther)) this.#enter();
    this.#hadFocus = this.shadowRoot?.activeElement != null || this.contains(document.activeElement);
    if (this.#hadFocus) this.noteFocus();
  }

  /**
   * The focused control may be gone, or, at the first update, the server-rendered one. The latter stays in place,
   * hidden: it may belong to a framework that relies on it.
   */
  protected override updated(_changed: Changes): void {
    if (this.#hadFocus && this.shadowRoot?.activeElement == null) this.focusTarget()?.focus();
  }

  /** Called before an update while something in the element has focus. */
  protected noteFocus(): void {}

  protected complainOfUnreadable(changed: Changes): void {
    for (const name of changed.keys()) {
      const value = (this as Record<PropertyKey, unknown>)[name];
      if (value instanceof Unreadable) complain(this, String(name), value);
    }
  }
}
