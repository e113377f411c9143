/** @module What the rendering of every element on the server takes, and what follows from it. */

import type { PublicDownload } from "../client/public-download.ts";
import type { PublicExport } from "../wire/export.ts";
import type { Choice } from "./choice.ts";
import type { Language, Names } from "./describe.ts";
import { attribute, jsonAttribute } from "./escape.ts";
import { namesOf } from "./kind-names.ts";
import { wordsIn } from "./words/every.ts";
import { type Words, wordsWith } from "./words.ts";

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
  /** The language of words, numbers and times, as a BCP 47 tag; with a region if the reader's is known. Default "en". */
  locale?: string;
  /** Names of kinds, for downloads whose file has no name yet. */
  names?: Names;
  /** As a node's `exports()` gives them: the names of their kinds, if `names` is not given. */
  exports?: readonly PublicExport[];
  /** Milliseconds since the epoch. Default: the system's clock. */
  now?: number;
}

/** For the elements that request a file. */
export interface SlotRenderOptions extends RenderOptions {
  /** Default "default". */
  slot?: string;
  label?: string;
  choices?: readonly Choice[];
  /** The error code in the query after a refused form (`carryout_error`). */
  problem?: string | null;
}

type Place = Pick<RenderOptions, "basePath" | "src">;

export function baseOf({ basePath = "" }: Place): string {
  return basePath.replace(/\/+$/, "");
}

export function srcOf(options: Place): string {
  return options.src ?? `${baseOf(options)}/downloads`;
}

/** Omitted unless given: the element derives it from its script's URL. */
export function srcAttribute(options: Place): string | undefined {
  return options.src === undefined && options.basePath === undefined ? undefined : srcOf(options);
}

/** The server doesn't know the reader's time zone, so times are in UTC and say so. */
export function languageOf(options: RenderOptions): Language {
  const { locale = "en", now = Date.now() } = options;
  const words = wordsWith(wordsIn(locale), options.words);
  return { words, locale, now, timeZone: "UTC", names: namesIn(options, words) };
}

/** The attributes by which the element says the same as the server did. */
export function languageAttributes(options: RenderOptions): string {
  const { locale, words } = options;
  const names = namesIn(options, wordsWith(wordsIn(locale ?? "en"), words));
  return `${attribute("lang", locale)}${jsonAttribute("words", words)}${jsonAttribute("names", names)}`;
}

function namesIn({ names, exports }: RenderOptions, words: Words): Names | undefined {
  return names ?? (exports && exports.length > 0 ? namesOf(exports, words) : undefined);
}
