/** @module The language of an element: what its surroundings declare, and the reader's region. */

/** The `lang` of the element or of its nearest ancestor, also outside of shadow trees; "en" where none is declared. */
export function localeOf(element: Element): string {
  let at: Node | null = element;
  while (at) {
    const declared: string | null | undefined = (at as Element).getAttribute?.("lang");
    if (declared) return withRegion(canonical(declared) ?? "en", navigator.languages);
    at = at.parentNode ?? (at as ShadowRoot).host ?? null;
  }
  return withRegion("en", navigator.languages);
}

/** "en" becomes "en-GB" for a British reader, whose times have 24 hours: the page leaves the region open. */
export function withRegion(locale: string, readers: readonly string[]): string {
  return (!locale.includes("-") && readers.find((reader) => reader.startsWith(`${locale}-`))) || locale;
}

/** Null for a text that is not a language tag. */
function canonical(language: string): string | null {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? null;
  } catch {
    return null;
  }
}
