/** @module The words that the writer itself prints on a page, by language. */

export interface Words {
  readonly yes: string;
  readonly no: string;
  /** With `{page}` and `{pages}`, in this order: the number of pages is known last, and printed at the end. */
  readonly page: string;
}

const ENGLISH: Words = { yes: "Yes", no: "No", page: "Page {page} of {pages}" };

const WORDS: Readonly<Record<string, Words>> = {
  ar: { yes: "نعم", no: "لا", page: "صفحة {page} من {pages}" },
  bg: { yes: "Да", no: "Не", page: "Страница {page} от {pages}" },
  cs: { yes: "Ano", no: "Ne", page: "Strana {page} z {pages}" },
  da: { yes: "Ja", no: "Nej", page: "Side {page} af {pages}" },
  de: { yes: "Ja", no: "Nein", page: "Seite {page} von {pages}" },
  el: { yes: "Ναι", no: "Όχι", page: "Σελίδα {page} από {pages}" },
  en: ENGLISH,
  es: { yes: "Sí", no: "No", page: "Página {page} de {pages}" },
  et: { yes: "Jah", no: "Ei", page: "Lehekülg {page} / {pages}" },
  fi: { yes: "Kyllä", no: "Ei", page: "Sivu {page} / {pages}" },
  fr: { yes: "Oui", no: "Non", page: "Page {page} sur {pages}" },
  he: { yes: "כן", no: "לא", page: "עמוד {page} מתוך {pages}" },
  hr: { yes: "Da", no: "Ne", page: "Stranica {page} od {pages}" },
  hu: { yes: "Igen", no: "Nem", page: "{page}. oldal / {pages}" },
  it: { yes: "Sì", no: "No", page: "Pagina {page} di {pages}" },
  ja: { yes: "はい", no: "いいえ", page: "{page} / {pages} ページ" },
  ko: { yes: "예", no: "아니요", page: "{page} / {pages} 페이지" },
  lt: { yes: "Taip", no: "Ne", page: "{page} puslapis iš {pages}" },
  lv: { yes: "Jā", no: "Nē", page: "{page}. lappuse no {pages}" },
  nb: { yes: "Ja", no: "Nei", page: "Side {page} av {pages}" },
  nl: { yes: "Ja", no: "Nee", page: "Pagina {page} van {pages}" },
  pl: { yes: "Tak", no: "Nie", page: "Strona {page} z {pages}" },
  pt: { yes: "Sim", no: "Não", page: "Página {page} de {pages}" },
  ro: { yes: "Da", no: "Nu", page: "Pagina {page} din {pages}" },
  ru: { yes: "Да", no: "Нет", page: "Страница {page} из {pages}" },
  sk: { yes: "Áno", no: "Nie", page: "Strana {page} z {pages}" },
  sl: { yes: "Da", no: "Ne", page: "Stran {page} od {pages}" },
  sv: { yes: "Ja", no: "Nej", page: "Sida {page} av {pages}" },
  tr: { yes: "Evet", no: "Hayır", page: "Sayfa {page} / {pages}" },
  uk: { yes: "Так", no: "Ні", page: "Сторінка {page} з {pages}" },
  vi: { yes: "Có", no: "Không", page: "Trang {page} / {pages}" },
  zh: { yes: "是", no: "否", page: "第 {page} 页，共 {pages} 页" },
};

/** English for languages that are not listed. */
export function wordsOf(locale: string): Words {
  const { language } = new Intl.Locale(locale);
  return WORDS[language === "no" || language === "nn" ? "nb" : language] ?? ENGLISH;
}

const RIGHT_TO_LEFT = new Set(["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);

/** True when a table of this language has its first column on the right. */
export function runsToLeft(locale: string): boolean {
  return RIGHT_TO_LEFT.has(new Intl.Locale(locale).language);
}
