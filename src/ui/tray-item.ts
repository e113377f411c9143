/** @module Template of one download as a row of the tray. */

import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { describe, type Language, nameOf, rowFacts } from "./describe.ts";
import { html, markup, nothing, type TemplateResult } from "./dom/template.ts";
import { closeIcon, downloadIcon, errorIcon, retryIcon } from "./icons.ts";
import { facts, own, type PanelActions, typeIcon } from "./panel.ts";
import { bar } from "./progress-bar.ts";
import { fill } from "./words.ts";

/**
 * Each control is named after its file: fifty controls with the same name can't be told apart by ear. Dismiss is not where
 * Cancel was: a click that comes too late for the latter must not delete the file.
 */
export function trayItem(view: DownloadView, language: Language, actions: PanelActions): TemplateResult {
  const { words } = language;
  const name = nameOf(view, language);
  const isRunning = isUnfinished(view);
  return html`
    <li class=${`co-item co-${view.state}`} part=${`item ${view.state}`} tabindex="-1" data-id=${view.id}>
      ${view.state === "error" ? html`<span class="co-type">${markup(errorIcon)}</span>` : typeIcon(view.file?.name ?? view.kind)}
      <div class="co-text">
        <p class="co-name" part="name">${view.file ? link(view, name, language, actions) : own(name)}</p>
        ${facts(rowFacts(view, language))}
      </div>
      <div class="co-side">
        <span class="co-percent" part="percent" aria-hidden="true">${describe(view, language).percent}</span>
        ${
          isRunning
            ? iconButton("cancel", closeIcon, words.cancel, fill(words.cancelOf, { name }), actions.remove)
            : html`${iconButton("dismiss", closeIcon, words.dismiss, fill(words.dismissOf, { name }), actions.remove)}
              ${
                view.state === "error" && actions.retry
                  ? iconButton("retry", retryIcon, words.retry, fill(words.retryOf, { name }), actions.retry)
                  : html`<span class="co-arrow">${view.file ? markup(downloadIcon) : nothing}</span>`
              }`
        }
      </div>
      ${isRunning ? bar(view.state === "processing" ? view.percent : null, name, words) : nothing}
    </li>
  `;
}

/** Covers the row: a click anywhere on it fetches the file. */
function link(view: DownloadView, name: string, { words }: Language, actions: PanelActions): TemplateResult {
  return html`<a class="co-link" part="link" href=${view.file!.url} download=${name}
    aria-label=${fill(words.linkTo, { name })} @click=${actions.fetched}>${own(name)}</a>`;
}

function iconButton(part: string, icon: string, text: string, label: string, act: () => void) {
  return html`<button type="button" class="co-icon" part=${part} title=${text} aria-label=${label}
    @click=${act}>${markup(icon)}</button>`;
}
