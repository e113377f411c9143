/** @module The elements inside a framework: their HTML before the script is there, their properties afterwards. */

import type { CarryoutClient } from "../client/client.ts";
import type { DownloadView } from "../client/download-view.ts";
import type { PublicDownload } from "../client/public-download.ts";
import type { Choice } from "../ui/choice.ts";
import { renderButton, renderTray } from "../ui/render.ts";
import type { RenderOptions } from "../ui/render-options.ts";
import type { Words } from "../ui/words.ts";

export type { Choice, Words };

export type ElementName = "carryout-button" | "carryout-tray";

/** What a component of any framework takes, besides kind and parameters. */
export interface ElementOptions {
  /** Replacements for the English words. */
  words?: Partial<Words> | undefined;
  /** Where forms without JavaScript come back to. Default: the page that they are on. */
  returnTo?: string | undefined;
  /** The language of numbers and times before the script is there; default "en". */
  locale?: string | undefined;
}

export interface ButtonOptions extends ElementOptions {
  kind: string;
  params?: unknown;
  /** Default "default". */
  slot?: string | undefined;
  label?: string | undefined;
  choices?: readonly Choice[] | undefined;
}

/** Called once for each download. */
export interface ElementEvents {
  onReady?: ((download: DownloadView) => void) | undefined;
  onError?: ((download: DownloadView) => void) | undefined;
}

/** Attributes whose values are text: a server can render them, and every framework sets them alike. */
export function attributesOf(
  client: CarryoutClient,
  options: Partial<ButtonOptions>,
): Record<string, string> {
  const { kind, slot, label } = options;
  const given = { src: client.src, kind, "slot-name": slot, label };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Properties whose values are objects. They are set on the element itself, which every framework does differently, also
 * before it is defined: Lit adopts what it finds.
 */
export function setProperties(element: Element, options: Partial<ButtonOptions>): void {
  const { params, choices, words } = options;
  Object.assign(element, { params: params ?? null, choices: choices ?? [], words: words ?? null });
}

/** What stands in the element until its script is there, and works without it: the first state, and forms. */
export function firstHtml(
  client: CarryoutClient,
  name: ElementName,
  options: Partial<ButtonOptions>,
): string {
  const { words, returnTo = "", locale } = options;
  const shared: RenderOptions = {
    downloads: client.getServerSnapshot().downloads as readonly PublicDownload[],
    src: client.src,
    returnTo,
    ...(words && { words }),
    ...(locale && { locale }),
  };
  const html =
    name === "carryout-tray"
      ? renderTray(shared)
      : renderButton({
          ...shared,
          kind: options.kind ?? "",
          ...(isFlat(options.params) && { params: options.params }),
          ...(options.slot !== undefined && { slot: options.slot }),
          ...(options.label !== undefined && { label: options.label }),
          ...(options.choices && { choices: options.choices }),
        });
  // Within the element's own tag: its attributes have no unescaped ">".
  return html.slice(html.indexOf(">") + 1, html.lastIndexOf("</"));
}

/** A form can send texts, numbers and booleans. */
function isFlat(params: unknown): params is Record<string, string | number | boolean> {
  return (
    typeof params === "object" &&
    params !== null &&
    Object.values(params).every((value) => ["string", "number", "boolean"].includes(typeof value))
  );
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
