/** @module Types of `carryout/elements`: what a page may set and call, and no more of their classes. */

import type { DownloadView } from "../client/download-view.ts";
import type { PublicExport } from "../wire/export.ts";
import type { Choice } from "./choice.ts";
import type { Words } from "./words.ts";

/** Common to the elements. Each property is also an attribute, in kebab case, as JSON unless it is a string. */
export interface CarryoutElement extends HTMLElement {
  /** Where the API is: a path, or an origin and path. Default: derived from the script's URL. */
  src: string;
  /** Replacements for words of the page's language. */
  words: Partial<Words> | null;
  /** Names of kinds, for downloads whose file has no name yet. Null: those of exports, else the kind in words. */
  names: Readonly<Record<string, string>> | null;
}

export interface CarryoutButton extends CarryoutElement {
  kind: string;
  /** Parameters of the request; null for none. */
  params: unknown;
  /** Default "default". */
  slotName: string;
  label: string | null;
  choices: Choice[];
  /** Acts like a click on the button. */
  start(): Promise<void>;
}

export interface CarryoutExport extends CarryoutElement {
  /** The export's kind: "orders". */
  kind: string;
  /** What the form is made from. Null: the element asks the API. */
  export: PublicExport | null;
  /** The name of the format that is chosen at first. Null: the first one. */
  format: string | null;
  /** Parameters that are chosen at first, those without a control for good. */
  values: Record<string, unknown> | null;
  /** Default "default". */
  slotName: string;
  label: string | null;
  /** Which formats are offered, with which names. Empty: all. */
  choices: Choice[];
  /** Acts like a click on the form's button. */
  start(): Promise<void>;
}

/** One download in a line of text. */
export interface CarryoutProgress extends CarryoutElement {
  /** The id of the download to show. Null: that of the slot. */
  download: string | null;
  /** Default "default". */
  slotName: string;
}

export interface CarryoutTray extends CarryoutElement {
  /** Where it is a bar at the bottom of the window: on narrow ones (480 px), always or never. Default "auto". */
  dock: "auto" | "always" | "never";
  /** Only its heading is shown. */
  collapsed: boolean;
}

export declare const CarryoutButton: { new (): CarryoutButton; prototype: CarryoutButton };
export declare const CarryoutExport: { new (): CarryoutExport; prototype: CarryoutExport };
export declare const CarryoutProgress: { new (): CarryoutProgress; prototype: CarryoutProgress };
export declare const CarryoutTray: { new (): CarryoutTray; prototype: CarryoutTray };

declare global {
  interface HTMLElementTagNameMap {
    "carryout-button": CarryoutButton;
    "carryout-export": CarryoutExport;
    "carryout-progress": CarryoutProgress;
    "carryout-tray": CarryoutTray;
  }
  interface GlobalEventHandlersEventMap {
    /** A file has become ready; once for each download. */
    "carryout-ready": CustomEvent<DownloadView>;
    /** A download has failed. */
    "carryout-error": CustomEvent<DownloadView>;
  }
}
