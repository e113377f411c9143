/** @module Types of `carryout/elements`: what a page may set and call. The library that draws them is not part of it. */

import type { DownloadView } from "../client/download-view.ts";
import type { Choice } from "./choice.ts";
import type { Words } from "./words.ts";

/** What both elements take. Each property is an attribute too, in kebab case, its value as JSON where it is no text. */
export interface CarryoutElement extends HTMLElement {
  /** Where the API is: a path or an origin and path. Default: where the script came from. */
  src: string;
  /** Words in place of the English ones. */
  words: Partial<Words> | null;
}

export interface CarryoutButton extends CarryoutElement {
  kind: string;
  /** Parameters of the request; null for none. */
  params: unknown;
  /** Default "default". */
  slotName: string;
  label: string | null;
  choices: Choice[];
  /** As if it was pressed. */
  start(): Promise<void>;
}

export type CarryoutTray = CarryoutElement;

export declare const CarryoutButton: { new (): CarryoutButton; prototype: CarryoutButton };
export declare const CarryoutTray: { new (): CarryoutTray; prototype: CarryoutTray };

declare global {
  interface HTMLElementTagNameMap {
    "carryout-button": CarryoutButton;
    "carryout-tray": CarryoutTray;
  }
  interface GlobalEventHandlersEventMap {
    /** A file has become ready; once for each download. */
    "carryout-ready": CustomEvent<DownloadView>;
    /** A download has failed. */
    "carryout-error": CustomEvent<DownloadView>;
  }
}
