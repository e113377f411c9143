/** @module The languages that the elements speak, each loaded when a page needs it. */

import { english, type Words } from "./en.ts";

type Load = () => Promise<{ default: Words }>;

/** By language. English is part of the elements. */
const LOADS: Readonly<Record<string, Load>> = {
  ar: () => import("./ar.ts"),
  de: () => import("./de.ts"),
  es: () => import("./es.ts"),
  fr: () => import("./fr.ts"),
  ja: () => import("./ja.ts"),
  pt: () => import("./pt.ts"),
  zh: () => import("./zh.ts"),
};

/** Those of a form are there before one is shown. */
let ownEnglish = english as Words;
/** Null for those that are said in English. */
const loaded = new Map<string, Words | null>([["en", null]]);
const loading = new Map<string, Promise<void>>();

/** "de" for "de-CH"; "en" for a language without words of its own. */
export function spoken(locale: string): string {
  const language = locale.split("-", 1)[0]!.toLowerCase();
  return Object.hasOwn(LOADS, language) ? language : "en";
}

/** The words of this locale's language; English until they are loaded. */
export function wordsOf(locale: string): Words {
  return loaded.get(spoken(locale)) ?? ownEnglish;
}

/** English words that are not part of the elements. */
export function addEnglish(words: Partial<Words>): void {
  ownEnglish = { ...ownEnglish, ...words };
}

/** Null if they are there already. Otherwise it resolves when they are, or when they turned out to be unavailable. */
export function loadWords(locale: string): Promise<void> | null {
  const language = spoken(locale);
  if (loaded.has(language)) return null;
  let promise = loading.get(language);
  if (!promise) {
    promise = LOADS[language]!().then(
      (module) => {
        loaded.set(language, module.default);
      },
      (error) => {
        loaded.set(language, null);
        console.warn(`carryout: no words in the language "${language}"`, error);
      },
    );
    loading.set(language, promise);
  }
  return promise;
}
