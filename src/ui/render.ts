/**
 * @module The elements as server-rendered HTML: the correct initial state, and forms that work without JavaScript.
 *
 * Each element contains plain HTML that looks like the element itself (`carryout.css`). The element's script takes
 * over from the `initial` attribute, so nothing flashes; without scripts, the forms post and reload.
 */

import type { DownloadView } from "../client/download-view.ts";
import { newestFirst } from "../client/downloads-state.ts";
import { isUnfinished, type PublicDownload } from "../client/public-download.ts";
import { choiceHtml } from "./choice.ts";
import { attribute, hidden, jsonAttribute, own } from "./escape.ts";
import { downloadIcon } from "./icons.ts";
import {
  baseOf,
  languageAttributes,
  languageOf,
  type RenderOptions,
  type SlotRenderOptions,
  srcAttribute,
  srcOf,
} from "./render-options.ts";
import { itemHtml, lineOf, panelHtml, problemHtml, viewOf } from "./render-panel.ts";
import { fill, formatOf } from "./words.ts";

export interface RenderButtonOptions extends SlotRenderOptions {
  kind: string;
  /** Flat: a form without JavaScript sends each as `params.name`. */
  params?: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** `<carryout-button>` with its initial state. */
export function renderButton(options: RenderButtonOptions): string {
  const { kind, params, label, choices = [], slot = "default" } = options;
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
    languageAttributes(options),
    jsonAttribute("initial", { downloads: download ? [download] : [] }),
  ];
  const again = shown?.state === "ready" ? againHtml(options) : "";
  const content = shown ? panelHtml(shown, options, again) : problemHtml(options) + startForm(options);
  return `<carryout-button${attributes.join("")}>${content}</carryout-button>`;
}

export interface RenderTrayOptions extends RenderOptions {
  /** Default "auto". */
  dock?: "auto" | "always" | "never";
}

/** As many as the element shows before a click. */
const FIRST = 10;

/** `<carryout-tray>` with its initial state. */
export function renderTray(options: RenderTrayOptions): string {
  const { downloads, dock } = options;
  const language = languageOf(options);
  const views = downloads.map(viewOf).sort(newestFirst);
  const item = (view: DownloadView) => itemHtml(view, options, language);
  const rest = new Set(views.filter((view) => !isUnfinished(view)).slice(FIRST));
  const first = views.filter((view) => !rest.has(view));
  const list = (shown: readonly DownloadView[]) =>
    `<ul class="co-list" role="list">${shown.map(item).join("")}</ul>`;
  const content =
    views.length === 0
      ? `<p class="co-empty">${own(language.words.empty)}</p>`
      : `${list(first)}${rest.size > 0 ? `<noscript>${list([...rest])}</noscript>` : ""}`;
  const attributes = `${attribute("src", srcAttribute(options))}${attribute("dock", dock)}${languageAttributes(options)}${jsonAttribute("initial", { downloads })}`;
  const heading = `<div class="co-tray-head"><h2 class="co-tray-title"><span class="co-toggle">${own(language.words.tray)}</span></h2></div>`;
  return `<carryout-tray${attributes}><div class="co-tray co-open">${heading}<div class="co-fold">${content}</div></div></carryout-tray>`;
}

export interface RenderProgressOptions extends RenderOptions {
  /** The id of the download. Default: the one in the slot. */
  download?: string;
  /** Default "default". */
  slot?: string;
  /** The text while there is no download. */
  idle?: string;
}

/** `<carryout-progress>` with its initial state. */
export function renderProgress(options: RenderProgressOptions): string {
  const { downloads, download: id, slot = "default", idle } = options;
  const found = downloads.find((one) => (id === undefined ? one.slot === slot : one.id === id));
  const attributes = [
    attribute("download", id),
    attribute("slot-name", options.slot),
    attribute("src", srcAttribute(options)),
    languageAttributes(options),
    jsonAttribute("initial", { downloads: found ? [found] : [] }),
  ];
  const content = found ? lineOf(viewOf(found), options) : "";
  const slotted = idle === undefined ? "" : `<span slot="idle">${own(idle)}</span>`;
  return `<carryout-progress${attributes.join("")}>${content}${slotted}</carryout-progress>`;
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

function againHtml(options: RenderButtonOptions): string {
  const { words } = languageOf(options);
  const label = own(words.newFile);
  if ((options.choices ?? []).length > 1) {
    return `<details class="co-end"><summary class="co-quiet co-again">${label}</summary>${startForm(options)}</details>`;
  }
  return formHtml(options, hidden("kind", options.kind), `<button class="co-quiet co-end">${label}</button>`);
}

function startForm(options: RenderButtonOptions): string {
  const { kind, choices = [] } = options;
  const { words } = languageOf(options);
  const chosen = choices.find((choice) => choice.kind === kind);
  const label = options.label ?? fill(words.button, { format: chosen?.name ?? formatOf(kind, words) });
  const choice = choices.length > 1 ? choiceHtml(choices, kind, words) : hidden("kind", kind);
  const note = chosen?.note ? `<p class="co-note">${own(chosen.note)}</p>` : "";
  return formHtml(options, choice, `<button class="co-start">${downloadIcon}${own(label)}</button>${note}`);
}

function formHtml(options: RenderButtonOptions, kind: string, button: string): string {
  const { params = {}, slot = "default", returnTo } = options;
  const fields = Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => hidden(`params.${name}`, String(value)));
  return `<form method="post"${attribute("action", srcOf(options))}>${kind}${fields.join("")}${hidden("slot", slot)}${hidden("return_to", returnTo)}${button}</form>`;
}
