/** @module Lit templates of one download: the button's panel and the tray's item. */

import { html, nothing, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { filled } from "./bar.ts";
import { describe, type Language, nameOf, shortFacts } from "./describe.ts";
import { errorIcon, readyIcon } from "./icons.ts";
import { fill, type Words } from "./words.ts";

/** What the panel's controls do. */
export interface PanelActions {
  remove(view: DownloadView): void;
  fetched(view: DownloadView): void;
  /** Null when a retry makes no sense. */
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
      <h3 class="co-title" part="title" id="title">${stateIcon(view)}${own(description.title)}</h3>
      <div class="co-row">
        <p class="co-line" part="line">${own(description.line)}</p>
        <span class="co-percent" part="percent" aria-hidden="true">${description.percent}</span>
      </div>
      ${isUnfinished(view) ? bar(view, language) : nothing}
      ${link(view, language.words, actions)} ${facts(description.facts)}
      ${note ? html`<p class="co-offline">${own(note)}</p>` : nothing}
      <div class="co-actions">${controls(view, language, actions)}</div>
    </section>
  `;
}

/** The same panel, before the server has answered. */
export function startingPanel(words: Words): TemplateResult {
  return html`<section class="co-panel co-pending" part="panel pending" tabindex="-1" aria-labelledby="title" aria-busy="true">
    <h3 class="co-title" part="title" id="title">${own(words.title)}</h3>
    <div class="co-row"><p class="co-line" part="line">${own(words.starting)}</p></div>
    <div class="co-bar co-unknown" part="bar" role="progressbar" aria-label=${words.progress}
      aria-valuemin="0" aria-valuemax="100"><div class="co-fill" part="fill"></div></div>
    <p class="co-facts" part="facts"></p>
  </section>`;
}

export function trayItem(view: DownloadView, language: Language, actions: PanelActions): TemplateResult {
  const description = describe(view, language);
  const name = nameOf(view);
  return html`
    <li class="co-item co-${view.state}" part="item ${view.state}" tabindex="-1" data-id=${view.id}>
      <div class="co-row">
        <p class="co-line" part="line">${own(name)}</p>
        <span class="co-percent" part="percent" aria-hidden="true">${description.percent}</span>
      </div>
      ${isUnfinished(view) ? bar(view, language, name) : nothing}
      ${facts(shortFacts(description))}
      <div class="co-actions">
        ${link(view, language.words, actions, name)} ${controls(view, language, { ...actions, notify: null }, name)}
      </div>
    </li>
  `;
}

/** Text with its own direction: file names and text in another language keep theirs on any page. */
export function own(text: string): TemplateResult {
  return html`<bdi>${text}</bdi>`;
}

/** Without `aria-valuenow` while the progress is unknown, which means "indeterminate". */
function bar(view: DownloadView, { words }: Language, of?: string): TemplateResult {
  const { percent } = view;
  const known = percent !== null && view.state === "processing";
  return html`
    <div class="co-bar ${known ? "" : "co-unknown"}" part="bar" role="progressbar"
      aria-label=${of ? `${words.progress}: ${of}` : words.progress} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${known ? percent : nothing}>
      <div class="co-fill" part="fill" ${filled(known ? percent : null)}></div>
    </div>
  `;
}

function facts(facts: readonly string[]): TemplateResult {
  return html`<p class="co-facts" part="facts">${facts.map((fact) => html`<span>${own(fact)}</span>`)}</p>`;
}

/** A real anchor: the browser's own download continues when the page is left, and can be resumed. */
function link(view: DownloadView, words: Words, actions: PanelActions, name?: string) {
  if (view.state !== "ready" || !view.file) return nothing;
  return html`<a class="co-link" part="link" href=${view.file.url} download=${view.file.name}
    aria-label=${name === undefined ? nothing : fill(words.linkTo, { name })}
    @click=${() => actions.fetched(view)}>${own(name === undefined ? words.link : words.linkShort)}</a>`;
}

/** In a list each control is named after its file: fifty controls with the same name can't be told apart by ear. */
function controls(view: DownloadView, { words }: Language, actions: PanelActions, name?: string) {
  const running = isUnfinished(view);
  const { notify, retry } = actions;
  const label = (text: string) => (name === undefined ? nothing : fill(text, { name }));
  return html`
    ${running && notify ? notifyControl(view, words, notify) : nothing}
    ${
      view.state === "error" && retry
        ? html`<button type="button" class="co-quiet" part="retry" aria-label=${label(words.retryOf)}
            @click=${() => retry(view)}>${own(words.retry)}</button>`
        : nothing
    }
    <button type="button" class="co-quiet" part=${running ? "cancel" : "dismiss"}
      aria-label=${label(running ? words.cancelOf : words.dismissOf)}
      @click=${() => actions.remove(view)}>${own(running ? words.cancel : words.dismiss)}</button>
  `;
}

function notifyControl(view: DownloadView, words: Words, notify: NonNullable<PanelActions["notify"]>) {
  return notify.wanted
    ? html`<span class="co-quiet co-notify" part="notify">${own(words.notifying)}</span>`
    : html`<button type="button" class="co-quiet co-notify" part="notify"
        @click=${() => notify.want(view)}>${own(words.notify)}</button>`;
}

function stateIcon(view: DownloadView) {
  if (view.state === "ready") return unsafeHTML(readyIcon);
  return view.state === "error" ? unsafeHTML(errorIcon) : nothing;
}
