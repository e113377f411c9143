/** @module Derives the API's location from the URL its script was loaded from: a node serves both. */

/** `/exports/carryout/elements.js` → `/exports`. Does not match a script in the page's own bundle. */
const SERVED = /^(.*)\/carryout\/[^/]+\.js$/;

/**
 * The path prefix of the API's URLs, "" for the root; null unless a node serves the script. A script from another origin
 * determines nothing: it may come from a host that serves only files.
 */
export function servedFrom(scriptUrl: string, pageOrigin: string | undefined): string | null {
  if (!URL.canParse(scriptUrl)) return null;
  const { origin, pathname } = new URL(scriptUrl);
  return origin === pageOrigin ? (SERVED.exec(pathname)?.[1] ?? null) : null;
}

/** The same for this script, in this page; "" if it is in the page's own bundle. */
export function ownBase(): string {
  return servedFrom(import.meta.url, globalThis.location?.origin) ?? "";
}
