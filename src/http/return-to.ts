/** @module Where a form without JavaScript goes back to: always a path of this origin. */

/** The query parameter with the code of a form's problem. */
const ERROR_PARAMETER = "carryout_error";

/** Placeholder for this origin while a path is resolved; never sent. */
const HERE = "http://here.invalid";

/**
 * The path to redirect to: `returnTo` when it is a path of this origin, else the path of a `Referer` of this host,
 * else `homePath`. A problem's code is added to its query; without one, an earlier code is removed.
 */
export function returnPath(
  returnTo: string | null,
  referer: string | null,
  host: string | null,
  problem: string | null,
  homePath: string,
): string {
  const url = ownPath(returnTo) ?? ownReferer(referer, host) ?? new URL(homePath, HERE);
  if (problem !== null) url.searchParams.set(ERROR_PARAMETER, problem);
  else if (url.searchParams.has(ERROR_PARAMETER)) url.searchParams.delete(ERROR_PARAMETER);
  return `${url.pathname}${url.search}${url.hash}`;
}

/** Checked after parsing it like a browser: `//host`, `/\host`, `/<tab>/host` and `/.//host` all lead elsewhere. */
function ownPath(path: string | null): URL | null {
  if (!path?.startsWith("/") || !URL.canParse(path, HERE)) return null;
  const url = new URL(path, HERE);
  return url.origin === HERE && !url.pathname.startsWith("//") ? url : null;
}

function ownReferer(referer: string | null, host: string | null): URL | null {
  if (referer === null || host === null || !URL.canParse(referer)) return null;
  const url = new URL(referer);
  return url.host === host ? ownPath(`${url.pathname}${url.search}`) : null;
}
