/** @module Lit templates of one download: the button's panel and the tray's item. */

import { html, nothing, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { describe, type Language, shortFacts } from "./describe.ts";
import { errorIcon, readyIcon } from "./icons.ts";

/** What the panel's controls do. */
export interface PanelActions {
  remove(view: DownloadView): void;
  fetched(view: DownloadView): void;
  /** Null when there is no sense in trying again, or this page doesn't know what to ask for. */
  retry: ((view: DownloadView) => void) | null;
  /** Null when the browser can't notify. */
  notify: { wanted: boolean; want(view: DownloadView): void } | null;
}

/** A sentence under the panel's bar about the connection, or null. */
export type ConnectionNote = string | null;

export function panel(
  view: DownloadView,
  language: Language,
  actions: PanelActions,
  note: ConnectionNote,
): TemplateResult {
  const description = describe(view, language);
  return html`
    <section class="co-panel co-${view.state}" part="panel ${view.state}" tabindex="-1"
      aria-labelledby="title" aria-busy=${isUnfinished(view) ? "true" : "false"}>
      <h3 class="co-title" part="title" id="title">${stateIcon(view)}<span>${description.title}</span></h3>
      <div class="co-row">
        <p class="co-line" part="line">${description.line}</p>
        <span class="co-percent" part="percent" aria-hidden="true">${description.percent}</span>
      </div>
      ${isUnfinished(view) ? bar(view, language) : nothing}
      ${link(view, language, actions)} ${facts(description.facts)}
      ${note ? html`<p class="co-offline">${note}</p>` : nothing}
      <div class="co-actions">${controls(view, language, actions)}</div>
    </section>
  `;
}

export function trayItem(view: DownloadView, language: Language, actions: PanelActions): TemplateResult {
  const description = describe(view, language);
  const name = view.file?.name ?? view.kind;
  return html`
    <li class="co-item co-${view.state}" part="item ${view.state}" tabindex="-1" data-id=${view.id}>
      <div class="co-row">
        <p class="co-line" part="line">${name}</p>
        <span class="co-percent" part="percent" aria-hidden="true">${description.percent}</span>
      </div>
      ${isUnfinished(view) ? bar(view, language, name) : nothing}
      ${facts(shortFacts(description))}
      ${link(view, language, actions)}
      <div class="co-actions">${controls(view, language, { ...actions, notify: null })}</div>
    </li>
  `;
}

/** Without `aria-valuenow` while it is not known how far it is: that is how "indeterminate" is said. */
function bar(view: DownloadView, { words }: Language, of?: string): TemplateResult {
  const { percent } = view;
  const known = percent !== null && view.state === "processing";
  return html`
    <div class="co-bar ${known ? "" : "co-unknown"}" part="bar" role="progressbar"
      aria-label=${of ? `${words.progress}: ${of}` : words.progress} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${known ? percent : nothing}>
      <div class="co-fill" part="fill" style=${known ? `translate: ${percent - 100}%` : nothing}></div>
    </div>
  `;
}

function facts(facts: readonly string[]): TemplateResult {
  return html`<p class="co-facts" part="facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>`;
}

/** A real anchor: the browser's own download goes on when the page is left, and can be resumed. */
function link(view: DownloadView, { words }: Language, actions: PanelActions) {
  if (view.state !== "ready" || !view.file) return nothing;
  return html`<a class="co-link" part="link" href=${view.file.url} download=${view.file.name}
    @click=${() => actions.fetched(view)}>${words.link}</a>`;
}

function controls(view: DownloadView, { words }: Language, actions: PanelActions) {
  const running = isUnfinished(view);
  const { notify, retry } = actions;
  return html`
    ${running && notify ? notifyControl(view, words, notify) : nothing}
    ${
      view.state === "error" && retry
        ? html`<button type="button" class="co-quiet" part="retry" @click=${() => retry(view)}>${words.retry}</button>`
        : nothing
    }
    <button type="button" class="co-quiet" part=${running ? "cancel" : "dismiss"}
      @click=${() => actions.remove(view)}>${running ? words.cancel : words.dismiss}</button>
  `;
}

function notifyControl(
  view: DownloadView,
  words: Language["words"],
  notify: NonNullable<PanelActions["notify"]>,
) {
  return notify.wanted
    ? html`<span class="co-quiet co-notify" part="notify">${words.notifying}</span>`
    : html`<button type="button" class="co-quiet co-notify" part="notify"
        @click=${() => notify.want(view)}>${words.notify}</button>`;
}

function stateIcon(view: DownloadView) {
  if (view.state === "ready") return unsafeHTML(readyIcon);
  return view.state === "error" ? unsafeHTML(errorIcon) : nothing;
}
