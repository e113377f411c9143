import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { Words } from "./en.ts";
import { formEnglish } from "./en-form.ts";
import { everyLanguage, wordsIn } from "./every.ts";
import { addEnglish, loadWords, spoken, wordsOf } from "./languages.ts";

const NO_LANGUAGE = ["en.ts", "en-form.ts", "every.ts", "languages.ts", "languages.test.ts"];
const files = readdirSync(new URL(".", import.meta.url)).filter((name) => !NO_LANGUAGE.includes(name));
const english = everyLanguage.en!;
const names = Object.keys(english) as (keyof Words)[];

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].toSorted();

test("every file of words is a language of the elements and of server rendering", async () => {
  const languages = files.map((name) => name.replace(/\.ts$/, "")).toSorted();
  assert.deepEqual(Object.keys(everyLanguage).toSorted(), ["en", ...languages].toSorted());
  assert.ok(languages.length >= 7);
  for (const language of languages) {
    await loadWords(language);
    assert.equal(wordsOf(language), everyLanguage[language]);
  }
});

for (const [language, words] of Object.entries(everyLanguage)) {
  test(`${language} has every word, with every placeholder`, () => {
    assert.deepEqual(Object.keys(words).toSorted(), names.toSorted());
    for (const name of names) {
      assert.deepEqual(placeholders(words[name]), placeholders(english[name]), name);
      assert.equal(words[name], words[name].trim(), name);
      assert.ok(words[name].length > 0, name);
    }
  });
}

test("no language has left English sentences", () => {
  for (const [language, words] of Object.entries(everyLanguage)) {
    if (language === "en") continue;
    const same = names.filter((name) => words[name] === english[name]);
    // Only templates and words that are the same in both.
    const allowed: (keyof Words)[] = ["documentTitle", "named", "choice"];
    assert.deepEqual(
      same.filter((name) => !allowed.includes(name)),
      [],
      language,
    );
  }
});

test("a region has the words of its language, an unknown language those of English", () => {
  assert.deepEqual(["de-CH", "zh-Hans-CN", "tlh", "EN-gb"].map(spoken), ["de", "zh", "en", "en"]);
  assert.equal(wordsIn("pt-BR"), everyLanguage.pt);
  assert.equal(wordsIn("constructor"), english);
  assert.equal(loadWords("en-GB"), null);
});

test("the English words of a form come with it", () => {
  assert.equal(wordsOf("en").columns, undefined);
  addEnglish(formEnglish);
  assert.deepEqual(wordsOf("en-GB"), english);
});
