/** @module Templates of one download as a card: the panel of a button or a form. */

import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { type Description, describe, type Language, nameOf, sizeOf } from "./describe.ts";
import { html, markup, nothing, type TemplateResult } from "./dom/template.ts";
import { bellIcon, downloadIcon, errorIcon, fileIcon, groupOf, readyIcon, retryIcon } from "./icons.ts";
import { bar } from "./progress-bar.ts";
import { pieces, type Words } from "./words.ts";

/** What the controls of one download do. */
export interface PanelActions {
  remove(): void;
  fetched(): void;
  /** Null when a retry makes no sense. */
  retry: (() => void) | null;
  /** Null when the browser can't notify. */
  notify: { wanted: boolean; want(): void } | null;
  /** The button for another file beside a finished one; null for none. */
  again: { label: string; start(): void } | null;
}

/** In each state it has the same three rows, so that the page does not jump from one to the next. */
export function panel(
  view: DownloadView,
  language: Language,
  actions: PanelActions,
  /** A sentence about the connection, in place of the facts. */
  note: string | null,
): TemplateResult {
  const description = describe(view, language);
  return html`
    <div class=${`co-panel co-${view.state}`} part=${`panel ${view.state}`} tabindex="-1"
      role="group" aria-labelledby="title" aria-busy=${isUnfinished(view) ? "true" : "false"}>
      <div class="co-head">
        ${badge(view)}
        <p class="co-title" part="title" id="title">${own(description.title)}</p>
        ${isUnfinished(view) ? line(description.detail) : facts(description.facts)}
      </div>
      <div class="co-stage">${stage(view, description, language, actions, note)}</div>
      <div class="co-actions">
        ${isUnfinished(view) ? running(language.words, actions) : finished(view, language.words, actions)}
      </div>
    </div>
  `;
}

/** The same panel, before the server has answered. */
export function startingPanel(kind: string, language: Language): TemplateResult {
  const { words } = language;
  return html`<div class="co-panel co-pending" part="panel pending" tabindex="-1" role="group" aria-labelledby="title" aria-busy="true">
    <div class="co-head">
      ${typeIcon(kind)}
      <p class="co-title" part="title" id="title">${own(words.title)}</p>
      ${line(words.starting)}
    </div>
    <div class="co-stage">${bar(null, nameOf({ kind, file: null }, language), words)}${facts([])}</div>
    <div class="co-actions"></div>
  </div>`;
}

/** Why a request was not accepted. */
export function refusedPanel(
  { name, reason, words }: { name: string; reason: string; words: Words },
  actions: { retry: (() => void) | null; dismiss(): void },
): TemplateResult {
  return html`<div class="co-panel co-error" part="panel error" tabindex="-1" role="group" aria-labelledby="title">
    <div class="co-head">
      <span class="co-type">${markup(errorIcon)}</span>
      <p class="co-title" part="title" id="title">${own(words.refused)}</p>
      ${facts([name])}
    </div>
    <div class="co-stage">${line(reason)}</div>
    <div class="co-actions">
      <button type="button" class="co-quiet" part="dismiss" @click=${actions.dismiss}>${own(words.dismiss)}</button>
      ${actions.retry ? retryButton(words, actions.retry) : nothing}
    </div>
  </div>`;
}

/** The last file, while the next one is being made. */
export function previousFile(view: DownloadView, language: Language, actions: PanelActions): TemplateResult {
  return html`<p class="co-previous" part="previous">${own(language.words.previous)}
    <a class="co-link" part="link" href=${view.file!.url} download=${view.file!.name}
      @click=${actions.fetched}>${own(view.file!.name)}</a>
    <bdi>${sizeOf(view, language.locale)}</bdi></p>`;
}

/** Text with its own direction: file names and text in another language keep theirs on any page. */
export function own(text: string): TemplateResult {
  return html`<bdi>${text}</bdi>`;
}

/** A text whose values have their own directions. */
function filledIn(text: string, values: Readonly<Record<string, string>>) {
  return pieces(text, values).map((piece) => (piece.isValue ? own(piece.text) : piece.text));
}

function line(text: string): TemplateResult {
  return html`<p class="co-line" part="line">${own(text)}</p>`;
}

export function facts(facts: readonly string[]): TemplateResult {
  return html`<p class="co-facts" part="facts">${facts.map((fact) => html`<span>${own(fact)}</span>`)}</p>`;
}

/** The type of the file, or how it ended. */
function badge(view: DownloadView): TemplateResult {
  if (view.state === "error") return html`<span class="co-type">${markup(errorIcon)}</span>`;
  if (view.state === "ready") return html`<span class="co-type">${markup(readyIcon)}</span>`;
  return typeIcon(view.kind);
}

export function typeIcon(name: string): TemplateResult {
  const group = groupOf(name);
  return html`<span class=${`co-type co-${group}`}>${markup(fileIcon(group))}</span>`;
}

function retryButton(words: Words, retry: () => void): TemplateResult {
  return html`<button type="button" class="co-quiet co-end" part="retry"
    @click=${retry}>${markup(retryIcon)}${own(words.retry)}</button>`;
}

function stage(
  view: DownloadView,
  description: Description,
  language: Language,
  actions: PanelActions,
  note: string | null,
) {
  const { words } = language;
  if (view.state === "error") return line(description.line);
  if (view.state === "ready") return view.file ? mainLink(view, language, actions) : nothing;
  const percent = view.state === "processing" ? view.percent : null;
  return html`${bar(percent, nameOf(view, language), words)}
    <div class="co-row">${facts(note ? [note] : description.facts)}
      <span class="co-percent" part="percent" aria-hidden="true">${description.percent}</span></div>`;
}

/** A real anchor: the browser's own download continues when the page is left, and can be resumed. */
function mainLink(view: DownloadView, { words, locale }: Language, actions: PanelActions): TemplateResult {
  const { url, name } = view.file!;
  return html`<a class="co-start co-main" part="link" href=${url} download=${name}
    @click=${actions.fetched}>${markup(downloadIcon)}<span class="co-caption">${filledIn(words.linkTo, { name })} ·
    <span class="co-size">${own(sizeOf(view, locale))}</span></span></a>`;
}

function running(words: Words, { notify, remove }: PanelActions): TemplateResult {
  return html`${notify ? notifyControl(words, notify) : nothing}
    <button type="button" class="co-quiet co-end" part="cancel" @click=${remove}>${own(words.cancel)}</button>`;
}

/** Dismiss is not where Cancel was: a click that comes too late for the latter must not delete the file. */
function finished(view: DownloadView, words: Words, { again, retry, remove }: PanelActions): TemplateResult {
  return html`<button type="button" class="co-quiet" part="dismiss" @click=${remove}>${own(words.dismiss)}</button>
    ${view.state === "error" && retry ? retryButton(words, retry) : nothing}
    ${
      again
        ? html`<button type="button" class="co-quiet co-end" part="again"
            @click=${again.start}>${own(again.label)}</button>`
        : nothing
    }`;
}

function notifyControl(words: Words, notify: NonNullable<PanelActions["notify"]>) {
  return notify.wanted
    ? html`<span class="co-notify co-notifying" part="notify" title=${words.notifying}>${markup(bellIcon)}${own(words.notifying)}</span>`
    : html`<button type="button" class="co-quiet co-notify" part="notify" title=${words.notify}
        @click=${notify.want}>${markup(bellIcon)}${own(words.notify)}</button>`;
}
