/** @module `<carryout-export>` as server-rendered HTML: a form that works without JavaScript. */

import { isUnfinished } from "../client/public-download.ts";
import type { PublicExport } from "../wire/export.ts";
import { attribute, hidden, jsonAttribute, own } from "./escape.ts";
import { type ExportForm, exportForm, KIND } from "./export-form.ts";
import { controlsHtml, fixedHtml } from "./export-html.ts";
import { downloadIcon } from "./icons.ts";
import {
  languageAttributes,
  languageOf,
  type SlotRenderOptions,
  srcAttribute,
  srcOf,
} from "./render-options.ts";
import { panelHtml, problemHtml, viewOf } from "./render-panel.ts";
import { fill } from "./words.ts";

export interface RenderExportOptions extends SlotRenderOptions {
  /** As `GET /downloads/exports` and `exports()` of a node return it. */
  export: PublicExport;
  /** The name of the initial format, such as "pdf". Default: the first one. */
  format?: string;
  /**
   * Initial parameters, including `columns`. Those without a control are part of every request, as
   * are `locale` and `timeZone`, which are the reader's own otherwise (without JavaScript: the export's).
   */
  values?: Readonly<Record<string, unknown>>;
}

/** `<carryout-export>` with its initial state. */
export function renderExport(options: RenderExportOptions): string {
  const { export: offer, format, values, label, choices = [], slot = "default" } = options;
  const download = options.downloads.find((candidate) => candidate.slot === slot);
  const makes = offer.formats.some(({ kind }) => kind === download?.kind);
  const shown = download && (makes || isUnfinished(download)) ? viewOf(download) : null;
  const attributes = [
    attribute("kind", offer.kind),
    jsonAttribute("export", offer),
    attribute("format", format),
    jsonAttribute("values", values),
    attribute("slot-name", slot),
    attribute("label", label),
    choices.length > 0 ? jsonAttribute("choices", choices) : "",
    attribute("src", srcAttribute(options)),
    languageAttributes(options),
    jsonAttribute("initial", { downloads: download ? [download] : [] }),
  ];
  const content = [
    shown
      ? panelHtml(shown, { ...options, exports: [offer] }, isUnfinished(shown) ? "" : againHtml(options))
      : "",
    problemHtml(options),
    shown ? "" : formHtml(options),
  ];
  return `<carryout-export${attributes.join("")}>${content.join("")}</carryout-export>`;
}

/** In the panel of a finished download: another one can follow without dismissing it. */
function againHtml(options: RenderExportOptions): string {
  const { words } = languageOf(options);
  return `<details class="co-end"><summary class="co-quiet co-again">${own(words.again)}</summary>${formHtml(options)}</details>`;
}

function formHtml(options: RenderExportOptions): string {
  const { slot = "default", returnTo } = options;
  const { words } = languageOf(options);
  const form = exportForm(options);
  const id = `co-${encodeURIComponent(slot)}-${encodeURIComponent(form.export.kind)}`;
  const controls = controlsHtml(form, form.first, { words, id, scripted: false });
  const chosen = chosenFormat(form);
  const label = options.label ?? fill(words.button, { format: chosen.name });
  const note = chosen.note ? `<p class="co-note">${own(chosen.note)}</p>` : "";
  return `<form class="co-form" method="post"${attribute("action", srcOf(options))}>${controls}${fixedHtml(form)}${hidden("slot", slot)}${hidden("return_to", returnTo)}<button class="co-start">${downloadIcon}${own(label)}</button>${note}</form>`;
}

function chosenFormat({ choices, first }: ExportForm): { name: string; note?: string } {
  return choices.find(({ kind }) => kind === first.get(KIND)?.[0]) ?? { name: "" };
}
