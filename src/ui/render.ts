/**
 * @module The elements as server-rendered HTML: the correct initial state, and forms that work without JavaScript.
 *
 * Each element contains plain HTML that looks like the element itself (`carryout.css`). The element's script takes
 * over from the `initial` attribute, so nothing flashes; without scripts, the forms post and reload.
 */

import { advanceView, type DownloadView } from "../client/download-view.ts";
import { isUnfinished, type PublicDownload } from "../client/public-download.ts";
import { rangeAround } from "../client/time-left.ts";
import type { Choice } from "./choice.ts";
import { type Description, describe, type Language, nameOf, shortFacts } from "./describe.ts";
import { attribute, escapeHtml, hidden, jsonAttribute } from "./escape.ts";
import { downloadIcon, errorIcon, readyIcon } from "./icons.ts";
import { fill, formatOf, type Words, wordsWith } from "./words.ts";

export interface RenderOptions {
  /** All downloads of this user, as the API shows them. */
  downloads: readonly PublicDownload[];
  /** The path of this page, to which a form without JavaScript returns. */
  returnTo: string;
  /** The path that the node is mounted under (`basePath` of its settings). Default: the root. */
  basePath?: string;
  /** Where the API is, if not at `/downloads` below the base path. */
  src?: string;
  words?: Partial<Words>;
  /** Default "en". */
  locale?: string;
  /** Milliseconds since the epoch. Default: the system's clock. */
  now?: number;
}

export interface RenderButtonOptions extends RenderOptions {
  kind: string;
  /** Flat: a form without JavaScript sends each as `params.name`. */
  params?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Default "default". */
  slot?: string;
  label?: string;
  choices?: readonly Choice[];
  /** The error code in the query after a refused form (`carryout_error`). */
  problem?: string | null;
}

/** `<carryout-button>` with its initial state. */
export function renderButton(options: RenderButtonOptions): string {
  const { kind, params, label, choices = [], slot = "default", words } = options;
  const download = options.downloads.find((candidate) => candidate.slot === slot);
  const makes =
    download && (download.kind === kind || choices.some((choice) => choice.kind === download.kind));
  const shown = download && (makes || isUnfinished(download)) ? viewOf(download) : null;
  const attributes = [
    attribute("kind", kind),
    jsonAttribute("params", params),
    attribute("slot-name", slot),
    attribute("label", label),
    choices.length > 0 ? jsonAttribute("choices", choices) : "",
    attribute("src", srcAttribute(options)),
    jsonAttribute("words", words),
    jsonAttribute("initial", { downloads: download ? [download] : [] }),
  ];
  const content = shown ? panelHtml(shown, options) : problemHtml(options) + startForm(options);
  return `<carryout-button${attributes.join("")}>${content}</carryout-button>`;
}

/** `<carryout-tray>` with its initial state. */
export function renderTray(options: RenderOptions): string {
  const { words, downloads } = options;
  const language = languageOf(options);
  const items = downloads.map((download) => itemHtml(viewOf(download), options, language)).join("");
  const content = items
    ? `<ul class="co-list">${items}</ul>`
    : `<p class="co-empty">${own(language.words.empty)}</p>`;
  const attributes = `${attribute("src", srcAttribute(options))}${jsonAttribute("words", words)}${jsonAttribute("initial", { downloads })}`;
  const heading = `<div class="co-tray-head"><h2 class="co-tray-title">${own(language.words.tray)}</h2></div>`;
  return `<carryout-tray${attributes}>${heading}${content}</carryout-tray>`;
}

/** For the page's head: styles, script, and, without scripts, a reload every few seconds while something is running. */
export function renderHead(options: {
  downloads: readonly PublicDownload[];
  basePath?: string;
  /** Where the browser files are, if not at `/carryout` below the base path. */
  assetsPath?: string;
}): string {
  const assets = options.assetsPath ?? `${baseOf(options)}/carryout`;
  const reload = options.downloads.some(isUnfinished)
    ? '<noscript><meta http-equiv="refresh" content="3"></noscript>'
    : "";
  return `<link rel="stylesheet"${attribute("href", `${assets}/carryout.css`)}><script type="module"${attribute("src", `${assets}/elements.js`)}></script>${reload}`;
}

type Place = Pick<RenderOptions, "basePath" | "src">;

function baseOf({ basePath = "" }: Place): string {
  return basePath.replace(/\/+$/, "");
}

function srcOf(options: Place): string {
  return options.src ?? `${baseOf(options)}/downloads`;
}

/** Omitted unless given: the element derives it from its script's URL. */
function srcAttribute(options: Place): string | undefined {
  return options.src === undefined && options.basePath === undefined ? undefined : srcOf(options);
}

function viewOf(download: PublicDownload): DownloadView {
  const view = advanceView(undefined, download);
  const isWaiting = view.state === "pending" && view.etaMs !== null;
  return { ...view, timeLeft: isWaiting ? rangeAround(view.etaMs ?? 0) : null };
}

/** The server doesn't know the reader's time zone, so times are in UTC and say so. */
function languageOf({ words, locale = "en", now = Date.now() }: RenderOptions): Language {
  return { words: wordsWith(words), locale, now, timeZone: "UTC" };
}

function startForm(options: RenderButtonOptions): string {
  const { kind, params = {}, slot = "default", choices = [], returnTo } = options;
  const { words } = languageOf(options);
  const chosen = choices.find((choice) => choice.kind === kind);
  const label = options.label ?? fill(words.button, { format: chosen?.name ?? formatOf(kind) });
  const fields = Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => hidden(`params.${name}`, String(value)));
  const choice = choices.length > 1 ? choiceHtml(choices, kind, words) : hidden("kind", kind);
  const note = chosen?.note ? `<p class="co-note">${own(chosen.note)}</p>` : "";
  return `<form method="post"${attribute("action", srcOf(options))}>${choice}${fields.join("")}${hidden("slot", slot)}${hidden("return_to", returnTo)}<button class="co-start">${downloadIcon}${own(label)}</button>${note}</form>`;
}

function choiceHtml(choices: readonly Choice[], chosen: string, words: Words): string {
  const radios = choices.map(
    ({ kind, name }) =>
      `<label class="co-choice"><input type="radio" name="kind"${attribute("value", kind)}${kind === chosen ? " checked" : ""}><span class="co-choice-name">${own(name)}</span></label>`,
  );
  return `<fieldset class="co-choices"><legend>${escapeHtml(words.choice)}</legend>${radios.join("")}</fieldset>`;
}

function problemHtml(options: RenderButtonOptions): string {
  if (!options.problem) return "";
  const { words } = languageOf(options);
  return `<p class="co-note" role="alert">${own(`${words.refused} (${options.problem.slice(0, 64)}).`)}</p>`;
}

function panelHtml(view: DownloadView, options: RenderOptions): string {
  const language = languageOf(options);
  const description = describe(view, language);
  const icon = view.state === "ready" ? readyIcon : view.state === "error" ? errorIcon : "";
  return `<section class="co-panel co-${view.state}"><h3 class="co-title">${icon}${own(description.title)}</h3>${bodyHtml(view, description, description.line, language.words)}<div class="co-actions">${actionForms(view, options)}</div></section>`;
}

function itemHtml(view: DownloadView, options: RenderOptions, language: Language): string {
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

/** Text with its own direction, independent of the page's. */
function own(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`;
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
