/** @module Where the API is, by the address from which its script was loaded: a node serves both. */

/** `/exports/carryout/elements.js` → `/exports`. A script of the page's own bundle says nothing. */
const SERVED = /^(.*)\/carryout\/[^/]+\.js$/;

/**
 * The path that the API's URLs begin with, "" for the root. A script of another origin says nothing: it may come
 * from where only files are served.
 */
export function scriptBase(scriptUrl: string, pageOrigin: string | undefined): string {
  if (!URL.canParse(scriptUrl)) return "";
  const { origin, pathname } = new URL(scriptUrl);
  return origin === pageOrigin ? (SERVED.exec(pathname)?.[1] ?? "") : "";
}

/** The same for this script, in this page. */
export function ownBase(): string {
  return scriptBase(import.meta.url, globalThis.location?.origin);
}
