/** @module `Content-Disposition: attachment` with a name in any script (RFC 6266, RFC 8187). */

/** Path separators and control characters: no browser keeps them, some are misled by them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f/\\]/g;

/** Both forms of the name: ASCII for old clients, UTF-8 for all others. */
export function attachment(name: string): string {
  const safe = name.toWellFormed().replace(UNSAFE, "_") || "download";
  return `attachment; filename="${asciiName(safe)}"; filename*=UTF-8''${extendedValue(safe)}`;
}

/** Accents are dropped, what is left beyond ASCII becomes "_". Quotes and "%" mislead old parsers. */
function asciiName(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(UNSAFE, "_")
    .replace(/[^\x20-\x7e]|["%]/gu, "_");
}

/** Percent-encoded but for RFC 8187's attr-char. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(
    /[*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
