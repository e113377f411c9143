/** @module The language of one element: the words of its locale, those that the page replaces, and names of kinds. */

import { MINUTE } from "../client/durations.ts";
import type { PublicExport } from "../wire/export.ts";
import type { Language, Names } from "./describe.ts";
import { namesOf } from "./kind-names.ts";
import { localeOf } from "./page-language.ts";
import { wordsOf } from "./words/languages.ts";
import { type Words, wordsWith } from "./words.ts";

/** What the words are made from: as long as these are the same, so are the words. */
interface Sources {
  locale: string;
  base: Words;
  own: unknown;
  page: string | null;
  names: unknown;
  exports: PublicExport | undefined;
}

export class Speech {
  readonly #element: Element;
  #sources: Sources | null = null;
  #language: Language | null = null;

  constructor(element: Element) {
    this.#element = element;
  }

  get locale(): string {
    return localeOf(this.#element);
  }

  /**
   * `own` are the words of the element, `names` its names of kinds, else those of exports. The same object until one of
   * them changes, or the minute does.
   */
  language(own: unknown, names: unknown, exports: readonly PublicExport[]): Language {
    const { locale } = this;
    const now = Date.now();
    const page = document.getElementById("carryout-words")?.textContent || null;
    const sources = { locale, base: wordsOf(locale), own, page, names, exports: exports[0] };
    if (!this.#language || !this.#sources || !areEqual(sources, this.#sources)) {
      const words = wordsWith(sources.base, own, readWords(page));
      this.#language = { words, locale, now, names: (names as Names | null) ?? namesOf(exports, words) };
      this.#sources = sources;
    } else if (minuteOf(this.#language.now) !== minuteOf(now)) this.#language = { ...this.#language, now };
    return this.#language;
  }

  /** Calls back when the page's language changes, until the returned function is called. */
  watch(onChange: () => void): () => void {
    const observer = new MutationObserver(onChange);
    observer.observe(document.documentElement, { attributeFilter: ["lang"] });
    return () => observer.disconnect();
  }
}

function minuteOf(now: number): number {
  return Math.floor(now / MINUTE);
}

function areEqual(a: Sources, b: Sources): boolean {
  return (Object.keys(a) as (keyof Sources)[]).every((name) => a[name] === b[name]);
}

function readWords(text: string | null): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    console.error("carryout: #carryout-words is not valid JSON; using the default words", error);
    return null;
  }
}
