/** @module The elements inside a framework: their attributes, properties and events. */

import type { CarryoutClient } from "../client/client.ts";
import type { DownloadView } from "../client/download-view.ts";
import type { Choice } from "../ui/choice.ts";
import type { Words } from "../ui/words.ts";
import type { PublicExport } from "../wire/export.ts";

export type { Choice, PublicExport, Words };

export type ElementName = "carryout-button" | "carryout-export" | "carryout-progress" | "carryout-tray";

/** What a component of any framework takes, besides kind and parameters. */
export interface ElementOptions {
  /** Replacements for words of the language. */
  words?: Partial<Words> | undefined;
  /** Names of kinds, for downloads whose file has no name yet. */
  names?: Readonly<Record<string, string>> | undefined;
  /** The element's language. Default: that of the page, on the server English. */
  locale?: string | undefined;
  /** Where forms without JavaScript come back to. Default: the page that they are on. */
  returnTo?: string | undefined;
}

export interface TrayOptions extends ElementOptions {
  /** Where the tray is a bar at the bottom of the window: on narrow ones, always or never. Default "auto". */
  dock?: "auto" | "always" | "never" | undefined;
}

export interface ButtonOptions extends ElementOptions {
  kind: string;
  params?: unknown;
  /** Default "default". */
  slot?: string | undefined;
  label?: string | undefined;
  choices?: readonly Choice[] | undefined;
}

export interface ExportOptions extends ElementOptions {
  /** The kind of an export, without a format: "orders". */
  kind: string;
  /** What the form is made from, one of a node's `exports()`. Without it a server renders no form: the element asks the API. */
  export?: PublicExport | undefined;
  /** The name of the format that is chosen at first. Default: the first one. */
  format?: string | undefined;
  /** Parameters that are chosen at first, those without a control for good. */
  values?: Readonly<Record<string, unknown>> | undefined;
  /** Default "default". */
  slot?: string | undefined;
  label?: string | undefined;
  choices?: readonly Choice[] | undefined;
}

export interface ProgressOptions extends ElementOptions {
  /** The id of the download to show. Default: that of the slot. */
  download?: string | undefined;
  /** Default "default". */
  slot?: string | undefined;
}

/** The options of any element. */
export type AnyOptions = Partial<ButtonOptions> & Partial<ExportOptions> & ProgressOptions & TrayOptions;

/** Called once for each download. */
export interface ElementEvents {
  onReady?: ((download: DownloadView) => void) | undefined;
  onError?: ((download: DownloadView) => void) | undefined;
}

/** Attributes whose values are text: a server can render them, and every framework sets them alike. */
export function attributesOf(client: CarryoutClient, options: AnyOptions): Record<string, string> {
  const { kind, slot, label, format, download, dock, locale } = options;
  const given = { src: client.src, kind, "slot-name": slot, label, format, download, dock, lang: locale };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Properties whose values are objects. They are set on the element itself, which every framework does differently, also
 * before it is defined: it adopts them then. One that says the same as before is left alone: an object that a page
 * writes anew at each rendering must not undo what the user has chosen in a form.
 */
export function setProperties(element: Element, options: AnyOptions): void {
  const { params = null, choices = [], values = null, words = null, names = null } = options;
  const properties: Record<string, unknown> = { words, names };
  if (element.localName === "carryout-button") Object.assign(properties, { params, choices });
  if (element.localName === "carryout-export") {
    Object.assign(properties, { export: options.export ?? null, values, choices });
  }
  const current = element as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(properties)) {
    if (JSON.stringify(current[name]) !== JSON.stringify(value)) current[name] = value;
  }
}

/** Calls the handlers, whichever they are at that moment, until the returned function is called. */
export function listen(element: Element, events: () => ElementEvents): () => void {
  const ready = (event: Event) => events().onReady?.((event as CustomEvent<DownloadView>).detail);
  const error = (event: Event) => events().onError?.((event as CustomEvent<DownloadView>).detail);
  element.addEventListener("carryout-ready", ready);
  element.addEventListener("carryout-error", error);
  return () => {
    element.removeEventListener("carryout-ready", ready);
    element.removeEventListener("carryout-error", error);
  };
}

/** Defines the elements: in a browser only, and once. */
export async function loadElements(): Promise<void> {
  try {
    await import("carryout/elements");
  } catch (error) {
    console.error("carryout: the elements could not be loaded; their forms still work", error);
  }
}
