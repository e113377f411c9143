/** @module A download as server-rendered HTML: the panel of its slot and the item of a list. */

import { advanceView, type DownloadView } from "../client/download-view.ts";
import { isUnfinished, type PublicDownload } from "../client/public-download.ts";
import { rangeAround } from "../client/time-left.ts";
import { type Description, describe, type Language, nameOf, shortFacts } from "./describe.ts";
import { attribute, escapeHtml, hidden, own } from "./escape.ts";
import { errorIcon, readyIcon } from "./icons.ts";
import { languageOf, type RenderOptions, type SlotRenderOptions, srcOf } from "./render-options.ts";
import { fill, type Words } from "./words.ts";

export function viewOf(download: PublicDownload): DownloadView {
  const view = advanceView(undefined, download);
  const isWaiting = view.state === "pending" && view.etaMs !== null;
  return { ...view, timeLeft: isWaiting ? rangeAround(view.etaMs ?? 0) : null };
}

/** Why a form came back without a download. */
export function problemHtml(options: SlotRenderOptions): string {
  if (!options.problem) return "";
  const { words } = languageOf(options);
  return `<p class="co-note" role="alert">${own(`${words.refused} (${options.problem.slice(0, 64)}).`)}</p>`;
}

export function panelHtml(view: DownloadView, options: RenderOptions): string {
  const language = languageOf(options);
  const description = describe(view, language);
  const icon = view.state === "ready" ? readyIcon : view.state === "error" ? errorIcon : "";
  return `<section class="co-panel co-${view.state}"><h3 class="co-title">${icon}${own(description.title)}</h3>${bodyHtml(view, description, description.line, language.words)}<div class="co-actions">${actionForms(view, options)}</div></section>`;
}

export function itemHtml(view: DownloadView, options: RenderOptions, language: Language): string {
  const description = describe(view, language);
  const facts = shortFacts(description);
  const { words } = language;
  const name = nameOf(view);
  const link = view.file ? linkHtml(view.file, words.linkShort, fill(words.linkTo, { name })) : "";
  const body = bodyHtml({ ...view, file: null }, { ...description, facts }, name, words);
  return `<li class="co-item co-${view.state}">${body}<div class="co-actions">${link}${actionForms(view, options, name)}</div></li>`;
}

function bodyHtml(view: DownloadView, description: Description, line: string, words: Words): string {
  const facts = description.facts.map((fact) => `<span>${own(fact)}</span>`).join("");
  return [
    `<div class="co-row"><p class="co-line">${own(line)}</p><span class="co-percent">${escapeHtml(description.percent)}</span></div>`,
    isUnfinished(view) ? progressHtml(view, words) : "",
    view.state === "ready" && view.file ? linkHtml(view.file, words.link) : "",
    `<p class="co-facts">${facts}</p>`,
  ].join("");
}

function progressHtml(view: DownloadView, words: Words): string {
  const value = view.percent === null || view.state === "pending" ? "" : ` value="${view.percent}"`;
  return `<progress class="co-bar" max="100"${value}${attribute("aria-label", words.progress)}></progress>`;
}

/** The URL comes from the server; anything but a path on this origin is not linked. */
function linkHtml(file: NonNullable<PublicDownload["file"]>, text: string, label?: string): string {
  if (!/^\/(?![/\\])/.test(file.url)) return "";
  return `<a class="co-link"${attribute("href", file.url)}${attribute("download", file.name)}${attribute("aria-label", label)}>${own(text)}</a>`;
}

/** `name` identifies the download if there are several. */
function actionForms(view: DownloadView, options: RenderOptions, name?: string): string {
  const { words } = languageOf(options);
  const form = (method: string, text: string, label: string) => {
    const action = `${srcOf(options)}/${encodeURIComponent(view.id)}`;
    const aria = attribute("aria-label", name === undefined ? null : fill(label, { name }));
    return `<form method="post"${attribute("action", action)}>${hidden("_method", method)}${hidden("return_to", options.returnTo)}<button class="co-quiet"${aria}>${own(text)}</button></form>`;
  };
  const canRetry = view.state === "error" && view.error?.retriable !== false;
  return [
    canRetry ? form("retry", words.retry, words.retryOf) : "",
    isUnfinished(view)
      ? form("delete", words.cancel, words.cancelOf)
      : form("delete", words.dismiss, words.dismissOf),
  ].join("");
}
