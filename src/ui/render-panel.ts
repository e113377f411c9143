/** @module A download as server-rendered HTML: the panel of its slot and the row of a list. */

import { advanceView, type DownloadView } from "../client/download-view.ts";
import { isUnfinished, type PublicDownload } from "../client/public-download.ts";
import { rangeAround } from "../client/time-left.ts";
import { describe, type Language, nameOf, rowFacts, sizeOf } from "./describe.ts";
import { attribute, escapeHtml, filledIn, hidden, own } from "./escape.ts";
import { problemText } from "./failures.ts";
import { closeIcon, downloadIcon, errorIcon, fileIcon, groupOf, readyIcon, retryIcon } from "./icons.ts";
import { languageOf, type RenderOptions, type SlotRenderOptions, srcOf } from "./render-options.ts";
import { fill } from "./words.ts";

export function viewOf(download: PublicDownload): DownloadView {
  const view = advanceView(undefined, download);
  const isWaiting = view.state === "pending" && view.etaMs !== null;
  return { ...view, timeLeft: isWaiting ? rangeAround(view.etaMs ?? 0) : null };
}

/** Why a form came back without a download. */
export function problemHtml(options: SlotRenderOptions): string {
  if (!options.problem) return "";
  const { words, locale } = languageOf(options);
  const code = options.problem.slice(0, 64);
  const reason = problemText({ code, message: `(${code})`, retriable: false }, words, locale);
  return `<p class="co-refused" role="alert"><strong>${own(`${words.refused}.`)}</strong> ${own(reason)}</p>`;
}

/** `again` is what makes another file beside a finished one. */
export function panelHtml(view: DownloadView, options: RenderOptions, again = ""): string {
  const language = languageOf(options);
  const { words } = language;
  const { title, line, detail, percent, facts } = describe(view, language);
  const isRunning = isUnfinished(view);
  const head = `<div class="co-head">${badge(view)}<p class="co-title">${own(title)}</p>${isRunning ? lineHtml(detail) : factsHtml(facts)}</div>`;
  const stage = isRunning
    ? `${progressHtml(view, `${words.progress}: ${nameOf(view, language)}`)}<div class="co-row">${factsHtml(facts)}<span class="co-percent" aria-hidden="true">${escapeHtml(percent)}</span></div>`
    : view.file
      ? mainLink(view, view.file, language)
      : lineHtml(line);
  const remove = form(
    view,
    options,
    "delete",
    isRunning ? `class="co-quiet co-end"` : `class="co-quiet"`,
    own(isRunning ? words.cancel : words.dismiss),
  );
  const retry = canRetry(view)
    ? form(view, options, "retry", `class="co-quiet co-end"`, `${retryIcon}${own(words.retry)}`)
    : "";
  return `<div class="co-panel co-${view.state}">${head}<div class="co-stage">${stage}</div><div class="co-actions">${remove}${retry}${again}</div></div>`;
}

export function itemHtml(view: DownloadView, options: RenderOptions, language: Language): string {
  const { words } = language;
  const name = nameOf(view, language);
  const isRunning = isUnfinished(view);
  const button = (method: string, icon: string, text: string, label: string) =>
    form(
      view,
      options,
      method,
      `class="co-icon"${attribute("title", text)}${attribute("aria-label", fill(label, { name }))}`,
      icon,
    );
  const link = view.file ? linkTo(view.file, "co-link", own(name), fill(words.linkTo, { name })) : "";
  const end = canRetry(view)
    ? button("retry", retryIcon, words.retry, words.retryOf)
    : `<span class="co-arrow">${link ? downloadIcon : ""}</span>`;
  const side = [
    `<span class="co-percent" aria-hidden="true">${escapeHtml(describe(view, language).percent)}</span>`,
    isRunning
      ? button("delete", closeIcon, words.cancel, words.cancelOf)
      : `${button("delete", closeIcon, words.dismiss, words.dismissOf)}${end}`,
  ];
  return `<li class="co-item co-${view.state}">${view.state === "error" ? typeHtml("", errorIcon) : typeOf(view.file?.name ?? view.kind)}<div class="co-text"><p class="co-name">${link || own(name)}</p>${factsHtml(rowFacts(view, language))}</div><div class="co-side">${side.join("")}</div>${isRunning ? progressHtml(view, `${words.progress}: ${name}`) : ""}</li>`;
}

/** A download in a line of text. */
export function lineOf(view: DownloadView, options: RenderOptions): string {
  const language = languageOf(options);
  const { words, locale } = language;
  const name = nameOf(view, language);
  const { line, detail, percent, facts } = describe(view, language);
  const content = isUnfinished(view)
    ? `${progressHtml(view, `${words.progress}: ${name}`)}${percent && `<span class="co-percent" aria-hidden="true">${escapeHtml(percent)}</span>`}${factsHtml([facts[0] ?? detail])}`
    : view.file
      ? `${linkTo(view.file, "co-link", `${downloadIcon}${own(name)}`, fill(words.linkTo, { name }))}${factsHtml([sizeOf(view, locale)])}`
      : `<span class="co-reason">${errorIcon}<span>${own(line)}</span></span>`;
  return `<div class="co-inline co-${view.state}">${content}</div>`;
}

function badge(view: DownloadView): string {
  if (view.state === "error") return typeHtml("", errorIcon);
  return view.state === "ready" ? typeHtml("", readyIcon) : typeOf(view.kind);
}

function typeOf(name: string): string {
  const group = groupOf(name);
  return typeHtml(` co-${group}`, fileIcon(group));
}

function typeHtml(more: string, icon: string): string {
  return `<span class="co-type${more}">${icon}</span>`;
}

function lineHtml(line: string): string {
  return `<p class="co-line">${own(line)}</p>`;
}

function factsHtml(facts: readonly string[]): string {
  return `<p class="co-facts">${facts.map((fact) => `<span>${own(fact)}</span>`).join("")}</p>`;
}

function progressHtml(view: DownloadView, label: string): string {
  const value = view.percent === null || view.state === "pending" ? "" : ` value="${view.percent}"`;
  return `<progress class="co-bar" max="100"${value}${attribute("aria-label", label)}></progress>`;
}

type File = NonNullable<PublicDownload["file"]>;

function mainLink(view: DownloadView, file: File, { words, locale }: Language): string {
  const label = `${filledIn(words.linkTo, { name: file.name })} · <span class="co-size">${own(sizeOf(view, locale))}</span>`;
  return linkTo(file, "co-start co-main", `${downloadIcon}<span class="co-caption">${label}</span>`);
}

/** The URL comes from the server; anything but a path on this origin is not linked. */
function linkTo(file: File, style: string, content: string, label?: string): string {
  if (!/^\/(?![/\\])/.test(file.url)) return "";
  return `<a class="${style}"${attribute("href", file.url)}${attribute("download", file.name)}${attribute("aria-label", label)}>${content}</a>`;
}

function canRetry(view: DownloadView): boolean {
  return view.state === "error" && view.error?.retriable !== false;
}

function form(
  view: DownloadView,
  options: RenderOptions,
  method: string,
  attributes: string,
  content: string,
): string {
  const action = `${srcOf(options)}/${encodeURIComponent(view.id)}`;
  return `<form method="post"${attribute("action", action)}>${hidden("_method", method)}${hidden("return_to", options.returnTo)}<button ${attributes}>${content}</button></form>`;
}
