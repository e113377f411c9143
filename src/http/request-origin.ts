/** @module Where a request came in: host and scheme, by its own words or by those of a trusted proxy. */

/** The host with its port, as `URL.host` writes it; null when the request names none that is valid. */
export function requestHost(request: Request, trustProxy: boolean): string | null {
  const forwarded = trustProxy ? firstOf(request.headers.get("x-forwarded-host")) : null;
  const host = forwarded ?? request.headers.get("host");
  if (host === null) return new URL(request.url).host;
  const url = `${isHttps(request, trustProxy) ? "https" : "http"}://${host}`;
  return URL.canParse(url) ? new URL(url).host : null;
}

/** True when the browser's own connection is encrypted, as far as one can know. */
export function isHttps(request: Request, trustProxy: boolean): boolean {
  const forwarded = trustProxy ? firstOf(request.headers.get("x-forwarded-proto")) : null;
  return forwarded === null ? request.url.startsWith("https:") : forwarded.toLowerCase() === "https";
}

/** Proxies in a row append to the list: the first entry is the one nearest to the browser. */
function firstOf(header: string | null): string | null {
  return header?.split(",")[0]?.trim() || null;
}
