/** @module The elements inside a framework: their attributes, properties and events. */

import type { CarryoutClient } from "../client/client.ts";
import type { DownloadView } from "../client/download-view.ts";
import type { Choice } from "../ui/choice.ts";
import type { Words } from "../ui/words.ts";

export type { Choice, Words };

export type ElementName = "carryout-button" | "carryout-tray";

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

/** The options of any element. */
export type AnyOptions = Partial<ButtonOptions> & TrayOptions;

/** Called once for each download. */
export interface ElementEvents {
  onReady?: ((download: DownloadView) => void) | undefined;
  onError?: ((download: DownloadView) => void) | undefined;
}

/** Attributes whose values are text: a server can render them, and every framework sets them alike. */
export function attributesOf(client: CarryoutClient, options: AnyOptions): Record<string, string> {
  const { kind, slot, label, dock, locale } = options;
  const given = { src: client.src, kind, "slot-name": slot, label, dock, lang: locale };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Properties whose values are objects. They are set on the element itself, which every framework does differently, also
 * before it is defined: it adopts them then.
 */
export function setProperties(element: Element, options: AnyOptions): void {
  const { params = null, choices = [], words = null, names = null } = options;
  const isButton = element.localName === "carryout-button";
  Object.assign(element, { words, names, ...(isButton && { params, choices }) });
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
