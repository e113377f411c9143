/** @module `Content-Disposition: attachment` with a name in any script (RFC 6266, RFC 8187). */

import { safeFileName } from "../download/file-name.ts";

/** Both forms of the name: ASCII for old clients, UTF-8 for all others. */
export function attachment(name: string): string {
  const safe = safeFileName(name) || "download";
  return `attachment; filename="${asciiName(safe)}"; filename*=UTF-8''${extendedValue(safe)}`;
}

/** Accents are dropped, other non-ASCII characters become "_". Quotes and "%" confuse old parsers. */
function asciiName(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[^\x20-\x7e]|["%/\\]/gu, "_");
}

/** Percent-encoded except for RFC 8187's attr-char. */
function extendedValue(text: string): string {
  return encodeURIComponent(text).replace(
    /[*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
