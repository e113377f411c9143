/**
 * @module The elements as server-rendered HTML: the correct initial state, and forms that work without JavaScript.
 *
 * Each element contains plain HTML that looks like the element itself (`carryout.css`). The element's script takes
 * over from the `initial` attribute, so nothing flashes; without scripts, the forms post and reload.
 */

import { isUnfinished, type PublicDownload } from "../client/public-download.ts";
import { choiceHtml } from "./choice.ts";
import { attribute, hidden, jsonAttribute, own } from "./escape.ts";
import { downloadIcon } from "./icons.ts";
import {
  baseOf,
  languageOf,
  type RenderOptions,
  type SlotRenderOptions,
  srcAttribute,
  srcOf,
} from "./render-options.ts";
import { itemHtml, panelHtml, problemHtml, viewOf } from "./render-panel.ts";
import { fill, formatOf } from "./words.ts";

export interface RenderButtonOptions extends SlotRenderOptions {
  kind: string;
  /** Flat: a form without JavaScript sends each as `params.name`. */
  params?: Readonly<Record<string, string | number | boolean | undefined>>;
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
