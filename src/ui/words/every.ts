/** @module The words of all languages at once, for rendering on a server. */

import ar from "./ar.ts";
import de from "./de.ts";
import { english, type Words } from "./en.ts";
import { formEnglish } from "./en-form.ts";
import es from "./es.ts";
import fr from "./fr.ts";
import ja from "./ja.ts";
import pt from "./pt.ts";
import zh from "./zh.ts";

export const everyLanguage: Readonly<Record<string, Words>> = {
  en: { ...english, ...formEnglish },
  ar,
  de,
  es,
  fr,
  ja,
  pt,
  zh,
};

/** The words for "de" and "de-CH"; English for a language without words of its own. */
export function wordsIn(locale: string): Words {
  const language = locale.split("-", 1)[0]!.toLowerCase();
  return Object.hasOwn(everyLanguage, language) ? everyLanguage[language]! : everyLanguage.en!;
}
